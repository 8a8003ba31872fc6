//! A run that is stopped in the middle, through each channel, and goes on later.

use rehome_core::backfill::Ended;
use rehome_core::journal::{JournalOptions, SqliteJournal, Status};
use rehome_core::rollout::{Carry, Source, Stop};

use super::*;

/// Runs until the voice says this in the middle; what became of it.
async fn stopped_by<const N: usize>(
    app: &App,
    channels: &[&dyn Channel],
    voice: &Voice,
    says: [(&str, &str); N],
) -> Steered {
    let target = Watched::of(&app.target, |written| {
        if written == 10 {
            voice.say(says)
        }
    });
    app.run_to(channels, &target).await
}

#[track_caller]
fn is_stopped(steered: &Steered) {
    let Steered::Stopped(_, Some(report)) = steered else { panic!("{steered:?}") };
    assert!(report.counters.add_up(), "{:?}", report.counters);
    assert!(report.counters.created >= 18 && report.counters.created < 40, "{:?}", report.counters);
    assert_eq!(report.status, Status::Running);
}

async fn finishes(app: &App, channels: &[&dyn Channel]) {
    let Steered::Ran(report) = app.run(channels).await else { panic!("it is allowed again") };
    assert!(matches!(report.ended, Ended::Complete), "{:?}", report.ended);
    assert!(report.counters.add_up(), "{:?}", report.counters);
    // Each was written once, though the run was two.
    assert_eq!((report.counters.created, report.counters.already_there, app.arrived()), (60, 0, 60));
}

#[tokio::test]
async fn a_run_stopped_by_remote_config_loses_nothing_and_goes_on_when_it_is_allowed_again() {
    let stops = [[ALL[0], ("backfillRolloutPercentage", "0")], [("backfillEnabled", "false"), ALL[1]]];
    for stop in stops {
        let (app, remote) = (App::of("ann", 60), Voice::of(Kind::Remote, ALL));
        let channels: [&dyn Channel; 1] = [&remote];
        app.refresh(&channels).await;
        is_stopped(&stopped_by(&app, &channels, &remote, stop).await);
        assert!(matches!(app.run(&channels).await, Steered::Stopped(_, None)), "it stays stopped");
        remote.say(ALL);
        app.refresh(&channels).await;
        finishes(&app, &channels).await;
    }
}

#[tokio::test]
async fn a_stage_that_is_off_stops_a_run() {
    let (app, remote) = (App::of("ann", 60), Voice::of(Kind::Remote, ALL));
    let channels: [&dyn Channel; 1] = [&remote];
    app.refresh(&channels).await;
    let off = [ALL[0], ALL[1], ("migrationStage", "off")];
    is_stopped(&stopped_by(&app, &channels, &remote, off).await);
    remote.say(ALL);
    app.refresh(&channels).await;
    finishes(&app, &channels).await;
}

#[tokio::test]
async fn a_run_stopped_by_a_document_goes_on_when_that_is_gone() {
    let app = App::of("ann", 60);
    let (remote, document) = (Voice::of(Kind::Remote, ALL), Voice::of(Kind::Stop, []));
    let channels: [&dyn Channel; 2] = [&remote, &document];
    app.refresh(&channels).await;
    let stopped = stopped_by(&app, &channels, &document, [("stop", "true")]).await;
    is_stopped(&stopped);
    assert!(matches!(stopped, Steered::Stopped(Stop::Disabled(Source::StopDocument), _)));
    document.withdraw();
    app.refresh(&channels).await;
    finishes(&app, &channels).await;
}

#[tokio::test]
async fn a_stop_is_on_the_disk_when_the_run_that_it_ended_is_over() {
    let folder = tempfile::tempdir().unwrap();
    let opened = SqliteJournal::open(folder.path().join("journal.sqlite"), &JournalOptions::default()).unwrap();
    let app = App { journal: Box::new(opened.journal), ..App::of("ann", 600) };
    let (remote, document) = (Voice::of(Kind::Remote, ALL), Voice::of(Kind::Stop, []));
    let channels: [&dyn Channel; 2] = [&remote, &document];
    app.refresh(&channels).await;
    let steered = stopped_by(&app, &channels, &document, [("stop", "true")]).await;
    // Beside a real disk this clock says nothing of how soon it came.
    assert!(matches!(&steered, Steered::Stopped(_, Some(report)) if report.counters.add_up()), "{steered:?}");
    document.silence(true);
    assert!(matches!(app.launch(&channels).await.decision.carry, Carry::Stopped(_)));
}

#[tokio::test]
async fn a_document_stops_though_remote_config_cannot_be_reached() {
    let app = App::of("ann", 60);
    let (remote, document) = (Voice::of(Kind::Remote, ALL), Voice::of(Kind::Stop, []));
    let channels: [&dyn Channel; 2] = [&remote, &document];
    app.refresh(&channels).await;
    remote.silence(true);
    is_stopped(&stopped_by(&app, &channels, &document, [("stop", "true")]).await);
}

#[tokio::test]
async fn a_run_stopped_by_a_file_goes_on_when_that_says_so() {
    let (app, file) = (App::of("ann", 60), Voice::of(Kind::File, ALL));
    let remote = Voice::of(Kind::Remote, ALL);
    let channels: [&dyn Channel; 2] = [&file, &remote];
    app.refresh(&channels).await;
    is_stopped(&stopped_by(&app, &channels, &file, [("backfillEnabled", "false")]).await);
    file.say([]);
    app.refresh(&channels).await;
    finishes(&app, &channels).await;
}

#[tokio::test]
async fn a_migration_that_is_forced_complete_in_the_middle_ends_as_forced_and_never_as_verified() {
    let (app, remote) = (App::of("ann", 60), Voice::of(Kind::Remote, ALL));
    let channels: [&dyn Channel; 1] = [&remote];
    app.refresh(&channels).await;
    let forced = [ALL[0], ALL[1], ("forceMigrationComplete", "true")];
    let Steered::Forced(Some(run)) = stopped_by(&app, &channels, &remote, forced).await else { panic!("forced") };
    assert_eq!(run.status, Status::Forced);
    // What was not carried can be told.
    assert!(run.counters.add_up() && run.counters.created > 0 && run.counters.created < 60, "{:?}", run.counters);
    let launch = app.launch(&channels).await;
    assert_eq!(launch.decision.carry, Carry::Stopped(Stop::Forced(Source::LastGood)));
    let Steered::Forced(Some(again)) = app.run(&channels).await else { panic!("forced") };
    assert_eq!((again.status, again.generation), (Status::Forced, run.generation));
}

#[tokio::test]
async fn what_is_complete_already_is_not_declared_so_by_force() {
    let (app, remote) = (App::of("ann", 5), Voice::of(Kind::Remote, ALL));
    let channels: [&dyn Channel; 1] = [&remote];
    app.refresh(&channels).await;
    assert!(matches!(app.run(&channels).await, Steered::Ran(_)));
    remote.say([ALL[0], ALL[1], ("forceMigrationComplete", "true")]);
    app.refresh(&channels).await;
    let Steered::Forced(Some(run)) = app.run(&channels).await else { panic!("forced") };
    assert_eq!(run.status, Status::Complete);
    assert_eq!(app.journal.run(&app.scope()).await.unwrap().unwrap().status, Status::Complete);
}
