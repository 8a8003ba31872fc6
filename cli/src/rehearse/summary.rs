use std::io::{self, Write};

use rehome_core::plan::Plan;
use rehome_core::record::RecordId;
use rehome_core::rehearse::Report;

use super::Job;
use crate::price::Prices;
use crate::terminal::{self, bytes, cell, clean, counted, grouped, laid_out, number, size, table};

/// What a rehearsal comes to.
#[derive(Clone, Copy)]
pub(super) struct Summary<'a> {
    pub(super) job: &'a Job,
    pub(super) plan: &'a Plan,
    pub(super) report: &'a Report,
    /// What could not be known of the store, and so perhaps not moved.
    pub(super) warnings: &'a [String],
    pub(super) prices: &'a Prices,
}

impl Summary<'_> {
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
        let dangling: Vec<String> = (report.dangling_references.iter())
            .map(|(collection, references)| format!("{} to {}", grouped(*references), clean(collection)))
            .collect();
        if !dangling.is_empty() {
            writeln!(out, "References to documents that will not be there: {}.", dangling.join(", "))?;
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
