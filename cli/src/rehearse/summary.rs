use std::io::{self, Write};

use rehome_core::plan::Plan;
use rehome_core::record::RecordId;
use rehome_core::rehearse::Report;
use serde_json::{Map, Value as Json, json};

use super::Job;
use super::findings::key_json;
use crate::price::Prices;
use crate::terminal::{self, bytes, cell, clean, counted, grouped, laid_out, number, size, table};

/// What a rehearsal comes to, for people and for machines.
pub(super) struct Summary<'a> {
    pub(super) job: &'a Job,
    pub(super) plan: &'a Plan,
    pub(super) report: &'a Report,
    /// What could not be known of the store, and so perhaps not moved.
    pub(super) warnings: &'a [String],
    pub(super) prices: &'a Prices,
}

impl Summary<'_> {
    pub(super) fn json(&self) -> Json {
        let report = self.report;
        let writes = report.documents();
        let collections = report.collections.iter().map(|(name, collection)| {
            (name.clone(), json!({ "documents": collection.documents, "bytes": collection.bytes }))
        });
        let by_reason = report.quarantined.by_reason.iter();
        let counts: Map<String, Json> =
            by_reason.clone().map(|(reason, group)| (reason.word().to_owned(), json!(group.count))).collect();
        let examples: Map<String, Json> = by_reason
            .map(|(reason, group)| (reason.word().to_owned(), group.examples.iter().map(example).collect()))
            .collect();
        let largest = report.largest.iter().map(|one| json!({ "document": one.address, "bytes": one.bytes }));
        let not_in_plan = report.not_in_plan.iter().map(|(entity, rows)| json!({ "entity": &**entity, "rows": rows }));
        let embedded = report.embedded.iter();
        let embedded =
            embedded.map(|one| json!({ "entity": &*one.entity, "rows": one.rows, "embedded": one.embedded }));
        json!({
            "plan": {
                "name": self.plan.name,
                "version": self.plan.version,
                "fingerprint": self.plan.fingerprint.to_string(),
            },
            "user": self.job.user,
            "read": report.read,
            "mapped": report.mapped,
            "documents": report.documents(),
            "collections": collections.collect::<Map<String, Json>>(),
            "left_out": report.left_out,
            "quarantined": { "total": report.quarantined.total, "by_reason": counts, "examples": examples },
            "bytes": report.bytes(),
            "largest": largest.collect::<Json>(),
            "collisions": report.collisions,
            "writes": writes,
            "uploads": { "count": report.uploads.count, "bytes": report.uploads.bytes },
            "not_in_plan": not_in_plan.collect::<Json>(),
            "warnings": self.warnings,
            "embedded": embedded.collect::<Json>(),
            "price": self.prices.estimate(writes, report.bytes()),
        })
    }

    pub(super) fn print(&self) -> io::Result<()> {
        let mut out = terminal::out();
        let Plan { name, version, fingerprint, .. } = self.plan;
        writeln!(
            out,
            "{} as plan {} version {version} moves it, for user {}",
            clean(self.job.shown()),
            clean(name),
            clean(&self.job.user)
        )?;
        writeln!(out, "Nothing was sent. The plan's fingerprint is {fingerprint}.\n")?;
        writeln!(out, "{}\n", laid_out(self.totals()))?;
        self.collections(&mut out)?;
        self.quarantine(&mut out)?;
        self.largest(&mut out)?;
        self.remarks(&mut out)?;
        self.price(&mut out)?;
        out.flush()
    }

    fn totals(&self) -> comfy_table::Table {
        let report = self.report;
        let mut table = table(&["", "records", ""]);
        table.add_row(vec![cell("read"), number(report.read), cell("")]);
        let documents = format!("as {}, {}", counted(report.documents(), "document"), bytes(report.bytes()));
        table.add_row(vec![cell("mapped"), number(report.mapped), cell(documents)]);
        table.add_row(vec![cell("left out"), number(report.left_out), cell("by the plan's filters")]);
        table.add_row(vec![cell("quarantined"), number(report.quarantined.total), cell("")]);
        table
    }

    fn collections(&self, out: &mut impl Write) -> io::Result<()> {
        let mut table = table(&["collection", "documents", "bytes"]);
        for (name, collection) in &self.report.collections {
            table.add_row(vec![cell(name), number(collection.documents), size(collection.bytes)]);
        }
        writeln!(out, "{}\n", laid_out(table))
    }

    fn quarantine(&self, out: &mut impl Write) -> io::Result<()> {
        if self.report.quarantined.total == 0 {
            return Ok(());
        }
        let mut table = table(&["quarantined for", "records", "for example"]);
        for (reason, group) in &self.report.quarantined.by_reason {
            let examples: Vec<String> = group.examples.iter().map(RecordId::to_string).collect();
            table.add_row(vec![cell(reason), number(group.count), cell(examples.join(", "))]);
        }
        writeln!(out, "{}\n", laid_out(table))
    }

    fn largest(&self, out: &mut impl Write) -> io::Result<()> {
        if self.report.largest.is_empty() {
            return Ok(());
        }
        let mut table = table(&["largest documents", "bytes"]);
        for one in &self.report.largest {
            table.add_row(vec![cell(&one.address), size(one.bytes)]);
        }
        writeln!(out, "{}\n", laid_out(table))
    }

    fn remarks(&self, out: &mut impl Write) -> io::Result<()> {
        let report = self.report;
        if report.collisions > 0 {
            let collisions = grouped(report.collisions);
            writeln!(
                out,
                "Ids or unique values that several records want: {collisions}. The first record keeps each."
            )?;
        }
        if report.uploads.count > 0 {
            let (values, size) = (counted(report.uploads.count, "value"), bytes(report.uploads.bytes));
            writeln!(out, "To be uploaded: {values}, {size}.")?;
        }
        for (entity, rows) in &report.not_in_plan {
            let rows = rows.map_or_else(|| "perhaps some".to_owned(), grouped);
            writeln!(out, "Not in the plan: {}, records: {rows}.", clean(entity))?;
        }
        for warning in self.warnings {
            writeln!(out, "Warning: {}", clean(warning))?;
        }
        for one in &report.embedded {
            let (entity, carried) = (clean(&one.entity), grouped(one.embedded));
            match (one.rows, one.left_behind()) {
                (Some(rows), Some(behind)) if behind > 0 => {
                    let (rows, behind) = (grouped(rows), grouped(behind));
                    writeln!(
                        out,
                        "In no document at all: {behind} of {rows} records of {entity}; no other record that is moved leads to them."
                    )?;
                }
                (Some(rows), _) => {
                    writeln!(out, "Within other documents: {carried} of {} records of {entity}.", grouped(rows))?
                }
                (None, _) => writeln!(
                    out,
                    "Within other documents: {carried} records of {entity}; how many there are, the store cannot tell."
                )?,
            }
        }
        Ok(())
    }

    fn price(&self, out: &mut impl Write) -> io::Result<()> {
        let writes = self.report.documents();
        let estimate = self.prices.estimate(writes, self.report.bytes());
        let (once, monthly, currency) = (estimate.writes, estimate.storage_per_month, &estimate.currency);
        writeln!(
            out,
            "{}: {once:.2} {currency}, and {monthly:.2} {currency} a month to keep them.",
            counted(writes, "write")
        )?;
        writeln!(out, "By the prices of {}, as of {}. Assumed: {}.", estimate.place, estimate.as_of, estimate.assumes)
    }
}

fn example(id: &RecordId) -> Json {
    json!({ "entity": &*id.entity, "key": key_json(&id.key) })
}
