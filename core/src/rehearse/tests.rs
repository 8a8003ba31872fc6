use super::*;
use crate::error::Result;
use crate::plan::{Context, Document, PlanFile};
use crate::record::{Key, Kind, Map, Reason, RecordId, Rejection, Timestamp, Value};
use crate::schema::{Entity, Field, Relation, Schema};
use crate::stores::firestore;
use crate::stores::memory::MemorySource;

/// Keeps all that a rehearsal finds.
#[derive(Default)]
struct Kept {
    addresses: Vec<String>,
    rejected: Vec<Rejection>,
    read: Vec<(Step, u64)>,
}

impl Sink for Kept {
    fn document(&mut self, document: Document) -> Result<()> {
        self.addresses.push(document.address);
        Ok(())
    }

    fn rejected(&mut self, rejection: &Rejection) -> Result<()> {
        self.rejected.push(rejection.clone());
        Ok(())
    }

    fn progress(&mut self, progress: &Progress<'_>) {
        self.read.push((progress.step, progress.read));
    }
}

fn store(entities: &[&str]) -> MemorySource {
    let entity = |name: &&str| {
        let mut entity = Entity::new(*name);
        let text = |name: &str| Field::new(name, Kind::String).optional();
        entity.fields =
            vec![text("id"), text("slug"), Field::new("done", Kind::Bool), Field::new("photo", Kind::Bytes)];
        entity
    };
    MemorySource::new(Schema {
        store: "memory".into(),
        entities: entities.iter().map(entity).collect(),
        ..Schema::default()
    })
}

fn put(store: &MemorySource, entity: &str, key: i64, id: &str, slug: &str) {
    let fields = Map::from([
        ("id".to_owned(), Value::from(id)),
        ("slug".to_owned(), Value::from(slug)),
        ("done".to_owned(), Value::Bool(slug == "done")),
        ("photo".to_owned(), Value::Bytes(vec![7; 10])),
    ]);
    store.put(entity, Key::Int(key), fields);
}

async fn rehearsed(store: &MemorySource, moves: &str) -> (Report, Kept) {
    rehearsed_with(Port::Present, store, moves).await
}

async fn rehearsed_with(port: Port, store: &MemorySource, moves: &str) -> (Report, Kept) {
    let schema = crate::store::Source::schema(store).await.unwrap();
    let rules = firestore::rules();
    let text = format!("name = \"t\"\nfrom = \"memory\"\nto = \"firestore\"\n{moves}");
    let plan = PlanFile::check(&text, "t.toml", &schema, &rules).unwrap().plan;
    let context = Context { owner: "u", now: Timestamp::from_millis(0) };
    let folder = tempfile::tempdir().unwrap();
    let mut kept = Kept::default();
    let report = rehearse(store, &plan, &rules, context, folder.path(), port, &mut kept).await.unwrap();
    assert_eq!(report.read, report.mapped + report.left_out + report.quarantined.total);
    assert_eq!(report.documents(), kept.addresses.len() as u64);
    assert_eq!(report.quarantined.total, kept.rejected.len() as u64);
    (report, kept)
}

const HABITS: &str = "
    [[move]]
    entity = \"Habit\"
    document = \"users/{uid}/habits/{id}\"
    where = { done = false }
    fields = { slug = \"slug\" }
";

#[tokio::test]
async fn the_first_record_keeps_an_id_that_several_want() {
    let store = store(&["Habit"]);
    for (key, id) in [(1, "a"), (2, "b"), (3, "a"), (4, "c"), (5, "a")] {
        put(&store, "Habit", key, id, "s");
    }
    let (report, kept) = rehearsed(&store, HABITS).await;
    assert_eq!(kept.addresses, ["users/u/habits/a", "users/u/habits/b", "users/u/habits/c"]);
    assert_eq!(report.collisions, 1);
    let refused: Vec<_> = kept.rejected.iter().map(|one| (one.key.clone(), one.reason)).collect();
    assert_eq!(refused, [(Key::Int(3), Reason::DuplicateId), (Key::Int(5), Reason::DuplicateId)]);
    assert!(kept.rejected.iter().all(|one| one.detail.contains("Habit 1")), "{:?}", kept.rejected);
}

#[tokio::test]
async fn a_record_that_is_left_out_keeps_no_id() {
    let store = store(&["Habit"]);
    put(&store, "Habit", 1, "a", "done");
    put(&store, "Habit", 2, "a", "s");
    let (report, kept) = rehearsed(&store, HABITS).await;
    assert_eq!(kept.addresses, ["users/u/habits/a"]);
    assert_eq!((report.left_out, report.mapped, report.collisions), (1, 1, 0));
}

#[tokio::test]
async fn a_record_that_cannot_be_moved_keeps_no_id() {
    let store = store(&["Habit"]);
    put(&store, "Habit", 1, "a", "no number");
    put(&store, "Habit", 2, "a", "12");
    let moves = HABITS.replace("slug = \"slug\"", "slug = { from = \"slug\", as = \"int\" }");
    let (report, kept) = rehearsed(&store, &moves).await;
    assert_eq!((report.mapped, report.collisions), (1, 0));
    assert_eq!(kept.rejected[0].reason, Reason::NotConvertible);
    assert_eq!(kept.addresses, ["users/u/habits/a"]);
}

#[tokio::test]
async fn a_unique_value_is_that_of_the_first_record_and_null_is_everybodys() {
    let store = store(&["Habit"]);
    for (key, slug) in [(1, "run"), (2, "walk"), (3, "run")] {
        put(&store, "Habit", key, &format!("id{key}"), slug);
    }
    for key in [4, 5] {
        store.put("Habit", Key::Int(key), Map::from([("id".to_owned(), Value::from(format!("id{key}").as_str()))]));
    }
    let moves = HABITS.replace("where = { done = false }", "unique = [\"slug\"]");
    let (report, kept) = rehearsed(&store, &moves).await;
    assert_eq!((report.mapped, report.collisions), (4, 1));
    let refused = &kept.rejected[0];
    assert_eq!((&refused.key, refused.reason), (&Key::Int(3), Reason::DuplicateValue));
    assert_eq!(refused.column.as_deref(), Some("slug"));
    assert!(refused.detail.contains("Habit 1"), "{}", refused.detail);
}

#[tokio::test]
async fn a_record_of_which_one_document_cannot_be_has_none() {
    let store = store(&["Habit"]);
    put(&store, "Habit", 1, "a", "x");
    put(&store, "Habit", 2, "b", "x");
    let both = "
        [[move]]
        entity = \"Habit\"
        document = \"habits/{id}\"
        fields = {}
        [[move]]
        entity = \"Habit\"
        document = \"slugs/{slug}\"
        fields = {}
    ";
    let (report, kept) = rehearsed(&store, both).await;
    assert_eq!(kept.addresses, ["habits/a", "slugs/x"]);
    assert_eq!((report.mapped, report.quarantined.total), (1, 1));
}

#[tokio::test]
async fn rows_that_cannot_be_read_are_counted_and_told() {
    let store = store(&["Habit"]);
    put(&store, "Habit", 1, "a", "s");
    store.put_broken(Rejection {
        entity: "Habit".into(),
        key: Key::Int(2),
        column: Some("slug".into()),
        reason: Reason::BadText,
        detail: "not UTF-8".into(),
    });
    let (report, kept) = rehearsed(&store, HABITS).await;
    assert_eq!((report.read, report.mapped, report.quarantined.total), (2, 1, 1));
    assert_eq!(kept.rejected[0].reason, Reason::BadText);
}

#[tokio::test]
async fn what_would_be_uploaded_counts_as_uploaded() {
    let store = store(&["Habit"]);
    put(&store, "Habit", 1, "a", "s");
    let moves = HABITS.replace("slug = \"slug\"", "photo = { upload = \"photo\", to = \"photos/{id}\" }");
    let (report, kept) = rehearsed(&store, &moves).await;
    assert_eq!(report.uploads, Uploads { count: 1, bytes: 10 });
    assert_eq!(kept.addresses.len(), 1);
}

#[tokio::test]
async fn what_nobody_would_upload_is_a_reason_for_quarantine() {
    let store = store(&["Habit"]);
    put(&store, "Habit", 1, "a", "s");
    let moves = HABITS.replace("slug = \"slug\"", "photo = { upload = \"photo\", to = \"photos/{id}\" }");
    let (report, kept) = rehearsed_with(Port::Missing, &store, &moves).await;
    assert_eq!(report.uploads, Uploads::default());
    assert_eq!((kept.addresses.len(), kept.rejected[0].reason), (0, Reason::TooLarge));
}

#[tokio::test]
async fn entities_that_no_document_holds_are_named() {
    let store = store(&["Habit", "Draft", "Empty"]);
    put(&store, "Habit", 1, "a", "s");
    put(&store, "Draft", 1, "a", "s");
    let (report, _) = rehearsed(&store, HABITS).await;
    let named: Vec<&str> = report.not_in_plan.iter().map(|(name, _)| &**name).collect();
    assert!(named.contains(&"Draft") && !named.contains(&"Habit"), "{named:?}");
}

#[tokio::test]
async fn everything_is_read_twice_and_in_pages() {
    let store = store(&["Habit"]);
    for key in 0..600 {
        put(&store, "Habit", key, &format!("id{key}"), "s");
    }
    let (report, kept) = rehearsed(&store, HABITS).await;
    assert_eq!(report.read, 600);
    let last = |step| kept.read.iter().rfind(|(of, _)| *of == step).map(|(_, read)| *read);
    assert_eq!((last(Step::Addresses), last(Step::Documents)), (Some(600), Some(600)));
}

/// A store whose records have a UUID of their own.
fn store_with_own_ids() -> MemorySource {
    let id = Field { native: "uuid".into(), ..Field::new("id", Kind::String) };
    let habit = Entity { fields: vec![id, Field::new("slug", Kind::String)], ..Entity::new("Habit") };
    let store = MemorySource::new(Schema { store: "memory".into(), entities: vec![habit], ..Schema::default() });
    for (key, id, slug) in [(1, "a", "x"), (2, "b", "x"), (3, "a", "y")] {
        let fields = [("id".to_owned(), Value::from(id)), ("slug".to_owned(), Value::from(slug))];
        store.put("Habit", Key::Int(key), Map::from(fields));
    }
    store
}

#[tokio::test]
async fn an_id_of_the_records_own_is_one_records_alone_even_below_another_parent() {
    let moves = "
        [[move]]
        entity = \"Habit\"
        document = \"groups/{slug}/habits/{id}\"
    ";
    let (report, kept) = rehearsed(&store_with_own_ids(), moves).await;
    assert_eq!(kept.addresses, ["groups/x/habits/a", "groups/x/habits/b"]);
    assert_eq!(report.collisions, 1);
    assert_eq!((&kept.rejected[0].key, kept.rejected[0].reason), (&Key::Int(3), Reason::DuplicateId));

    let with_parent = moves.replace("/{id}", "/{slug}_{id}");
    let (report, kept) = rehearsed(&store_with_own_ids(), &with_parent).await;
    assert_eq!((report.mapped, report.collisions), (3, 0), "{:?}", kept.rejected);
}

#[tokio::test]
async fn a_record_may_have_its_own_id_in_several_documents() {
    let moves = "
        [[move]]
        entity = \"Habit\"
        document = \"groups/{slug}-left/habits/{id}\"
        where = { slug = \"x\" }

        [[move]]
        entity = \"Habit\"
        document = \"groups/{slug}-right/habits/{id}\"
        unique = [\"id\"]
        where = { slug = \"x\" }
    ";
    let (report, kept) = rehearsed(&store_with_own_ids(), moves).await;
    let addresses =
        ["groups/x-left/habits/a", "groups/x-right/habits/a", "groups/x-left/habits/b", "groups/x-right/habits/b"];
    assert_eq!(kept.addresses, addresses);
    assert_eq!((report.mapped, report.left_out, report.collisions), (2, 1, 0));
}

fn relation(name: &str, target: &str, many: bool) -> Relation {
    let (name, target) = (name.into(), target.into());
    Relation { name, target, many, ordered: false, optional: true, inverse: None, native: String::new() }
}

#[tokio::test]
async fn records_that_lie_only_within_others_are_counted_once_and_so_are_those_that_lie_nowhere() {
    let parts = relation("parts", "Part", true);
    let entity = |name: &str| Entity { fields: vec![Field::new("id", Kind::String)], ..Entity::new(name) };
    let entities = vec![Entity { relations: vec![parts], ..entity("Whole") }, entity("Part")];
    let store = MemorySource::new(Schema { store: "memory".into(), entities, ..Schema::default() });
    let put = |entity: &str, key: i64, id: &str| {
        store.put(entity, Key::Int(key), Map::from([("id".to_owned(), Value::from(id))]));
        RecordId { entity: entity.into(), key: Key::Int(key) }
    };
    let [one, two, three, _] = [1, 2, 3, 4].map(|key| put("Part", key, "p"));
    store.link(&put("Whole", 1, "1"), "parts", &[one, two.clone()]);
    store.link(&put("Whole", 2, "2"), "parts", &[two]);
    store.link(&put("Whole", 3, "cannot be moved, and what it holds stays behind"), "parts", &[three]);
    let moves = "[[move]]\nentity = \"Whole\"\ndocument = \"wholes/{id}\"\n\
                 fields = { parts = { embed = \"parts\" }, number = { from = \"id\", as = \"int\" } }\n";
    let (report, _) = rehearsed(&store, moves).await;
    assert_eq!((report.mapped, report.quarantined.total), (2, 1));
    assert_eq!(report.embedded, [Embedded { entity: "Part".into(), rows: Some(4), embedded: 2 }]);
    assert_eq!(report.embedded[0].left_behind(), Some(2));
}

/// Habits of which one has no number and one is done, and days that lead to them.
fn habits_and_days() -> MemorySource {
    let fields = ["id", "state"].map(|name| Field::new(name, Kind::String)).to_vec();
    let habit =
        Entity { fields: fields.clone(), relations: vec![relation("days", "Day", true)], ..Entity::new("Habit") };
    let day = Entity { fields, relations: vec![relation("habit", "Habit", false)], ..Entity::new("Day") };
    let store = MemorySource::new(Schema { store: "memory".into(), entities: vec![day, habit], ..Schema::default() });
    let put = |entity: &str, key: i64, state: &str| {
        let fields = [("id".to_owned(), Value::from(key.to_string().as_str())), ("state".to_owned(), state.into())];
        store.put(entity, Key::Int(key), Map::from(fields));
        RecordId { entity: entity.into(), key: Key::Int(key) }
    };
    let habits = [(1, "5"), (2, "no number"), (3, "done")].map(|(key, state)| put("Habit", key, state));
    let days = [(1, 0), (2, 1), (3, 1), (4, 2)].map(|(key, habit)| {
        let day = put("Day", key, "7");
        store.link(&day, "habit", &[habits[habit].clone()]);
        day
    });
    store.link(&habits[0], "days", &days);
    store
}

const HABITS_AND_DAYS: &str = "
    [[move]]
    entity = \"Day\"
    document = \"users/{uid}/days/{id}\"
    fields = { habit = { reference = \"habit\" } }

    [[move]]
    entity = \"Habit\"
    document = \"users/{uid}/habits/{id}\"
    where = { state = { not = \"done\" } }
    fields = { number = { from = \"state\", as = \"int\" } }
";

#[tokio::test]
async fn references_to_what_is_quarantined_or_left_out_are_counted_by_where_they_lead() {
    let (report, _) = rehearsed(&habits_and_days(), HABITS_AND_DAYS).await;
    assert_eq!((report.mapped, report.left_out, report.quarantined.total), (5, 1, 1));
    assert_eq!(report.dangling_references, [("users/*/habits".to_owned(), 3)].into());
}

#[tokio::test]
async fn so_are_those_within_lists_and_embedded_records() {
    let within = "{ days = { embed = \"days\", fields = { of = { map = { habit = { reference = \"habit\" } } } } }, \
                  all = { references = \"days\" }, number = { from = \"state\", as = \"int\" } }";
    let moves = HABITS_AND_DAYS.replace("{ number = { from = \"state\", as = \"int\" } }", within);
    let moves =
        moves.replace("{ habit = { reference = \"habit\" } }\n", "{ never = { from = \"id\", as = \"bool\" } }\n");
    let (report, kept) = rehearsed(&habits_and_days(), &moves).await;
    assert_eq!(kept.addresses, ["users/u/days/1", "users/u/habits/1"]);
    let expected = [("users/*/days".to_owned(), 3), ("users/*/habits".to_owned(), 3)];
    assert_eq!(report.dangling_references, expected.into());
}

#[tokio::test]
async fn references_to_where_the_plan_writes_nothing_are_not_its_own() {
    for elsewhere in ["users/somebody/habits/{id}", "users/{uid}/old/{id}", "users/{uid}/habits/{id}/and/more"] {
        let moves =
            HABITS_AND_DAYS.replace("reference = \"habit\"", &format!("reference = \"habit\", to = \"{elsewhere}\""));
        let (report, _) = rehearsed(&habits_and_days(), &moves).await;
        assert_eq!(report.dangling_references, [].into(), "{elsewhere}");
    }
}
