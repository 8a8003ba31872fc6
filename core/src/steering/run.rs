//! A run under the channels' eyes.

use std::convert::Infallible;
use std::future::{pending, ready};
use std::sync::{Mutex, PoisonError};

use futures_util::future::join_all;
use futures_util::stream::StreamExt;
use tokio::sync::{Notify, watch};

use super::channel::{Channel, Kind};
use super::heard::Heard;
use super::launch::{Launch, Steering};
use super::tuned::tuned;
use crate::backfill::{Backfill, Closing, Control, Ended, Report, Request, close};
use crate::error::{Error, ErrorKind, Result};
use crate::journal::{Run, Status, take_lease};
use crate::rollout::{Carry, Rollout, Stop};

/// What became of a run.
#[derive(Debug)]
pub enum Steered {
    /// Nothing was carried: the user is not among those that it is done for yet.
    Outside,
    /// It was stopped, before it began or in the middle; then this is how far it came. It goes on when it is allowed
    /// again and run again.
    Stopped(Stop, Option<Report>),
    /// Somebody declared it complete by force. This is how it stands; none where it had never begun.
    Forced(Option<Run>),
    /// It ran to an end of its own.
    Ran(Report),
}

/// What the channels come to when they were asked.
#[derive(Debug)]
pub struct Refreshed {
    /// The flags, and what was said for single users and devices.
    pub rollout: Rollout,
    /// Who did not answer, and why.
    pub unheard: Vec<(Kind, Error)>,
}

impl Steering<'_> {
    /// Carries what this launch decided to carry, and listens to the channels meanwhile: what tunes is followed from the
    /// next batch on, and a stop at once. The settings that `control` has now are the app's own.
    ///
    /// # Errors
    /// As [`Backfill::run`] fails, or the journal cannot be read or written.
    pub async fn run(
        &self,
        launch: &Launch,
        backfill: &Backfill<'_>,
        request: &Request,
        control: &Control,
    ) -> Result<Steered> {
        if let Some(steered) = self.not_run(launch, request, control).await? {
            return Ok(steered);
        }
        let own = control.current().settings;
        let (stopped, last) = (Mutex::new(None), Mutex::new(launch.heard.clone()));
        let obey = |rollout: &Rollout| {
            let settings = tuned(&own, &rollout.flags);
            if control.current().settings != settings {
                control.settings(settings);
            }
            if let Some(stop) = rollout.stop(&launch.user(), self.clock.now()) {
                // The first word stands: what it stopped has ended, or is about to.
                stopped.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(stop);
                control.forbid();
            }
        };
        let heard = |heard: &Heard| {
            obey(&heard.rollout());
            last.lock().unwrap_or_else(PoisonError::into_inner).clone_from(heard);
        };
        control.allow();
        obey(&launch.rollout);
        let report = tokio::select! {
            biased;
            report = backfill.run(request, control) => report,
            never = self.follow(launch.heard.clone(), &heard) => match never {},
        };
        control.settings(own.clone());
        control.allow();
        // A run that ends at a word ends before that is kept; what cannot be kept is asked for by the next process.
        let _ = last.into_inner().unwrap_or_else(PoisonError::into_inner).keep(self.journal).await;
        let stop = stopped.into_inner().unwrap_or_else(PoisonError::into_inner);
        match (stop, report?) {
            (Some(stop), report) if matches!(report.ended, Ended::Cancelled) => {
                self.stopped(stop, Some(report), request, control).await
            }
            (_, report) => Ok(Steered::Ran(report)),
        }
    }

    /// What becomes of a launch that decided to carry nothing: for whoever opens a store only where there is something to
    /// carry.
    ///
    /// # Errors
    /// The journal cannot be read or written.
    pub async fn not_run(&self, launch: &Launch, request: &Request, control: &Control) -> Result<Option<Steered>> {
        match launch.decision.carry {
            Carry::Run => Ok(None),
            Carry::Outside => Ok(Some(Steered::Outside)),
            Carry::Stopped(stop) => self.stopped(stop, None, request, control).await.map(Some),
        }
    }

    /// Listens to the channels until this user's records are to be carried, and launches anew then: for an app that
    /// stays open.
    ///
    /// # Errors
    /// As [`launch`](Self::launch).
    pub async fn until_carried(&self, launch: Launch, request: &Request) -> Result<Launch> {
        let carried = watch::Sender::new(None);
        let tell = |heard: &Heard| {
            if heard.rollout().should_enable_backfill(&launch.user(), self.clock.now()) {
                carried.send_replace(Some(heard.clone()));
            }
        };
        tell(&launch.heard);
        let mut seen = carried.subscribe();
        tokio::select! {
            biased;
            _ = seen.wait_for(Option::is_some) => {}
            never = self.follow(launch.heard.clone(), &tell) => match never {},
        }
        if let Some(heard) = carried.borrow().clone() {
            heard.keep(self.journal).await?;
        }
        self.launch(&launch.user, &request.scope).await
    }

    async fn stopped(
        &self,
        stop: Stop,
        report: Option<Report>,
        request: &Request,
        control: &Control,
    ) -> Result<Steered> {
        match stop {
            Stop::Forced(_) => Ok(Steered::Forced(self.declare_complete(request, control).await?)),
            Stop::Disabled(_) | Stop::Off(_) | Stop::Nobody(_) => Ok(Steered::Stopped(stop, report)),
        }
    }

    /// Closes what is not complete as forced: it never counts as verified, and what it counted stays with it.
    async fn declare_complete(&self, request: &Request, control: &Control) -> Result<Option<Run>> {
        let run = self.journal.run(&request.scope).await?;
        if !run.as_ref().is_some_and(|run| matches!(run.status, Status::Pending | Status::Running)) {
            return Ok(run);
        }
        let (now, stuck_after) = (self.clock.now(), control.current().settings.stuck_after);
        let lease = take_lease(self.journal, &request.scope, &request.holder, stuck_after, now).await?;
        let closed = close(self.journal, &lease, Closing::Forced, now).await;
        self.journal.release(&lease).await?;
        closed.map(Some)
    }

    /// Asks every channel once, and says what they come to: from the next launch on that counts. Whoever does not answer
    /// stays as they were heard last.
    ///
    /// # Errors
    /// The journal cannot be read or written, or a file with flags is no such file.
    pub async fn refresh(&self) -> Result<Refreshed> {
        let heard = watch::Sender::new(Heard::recall(self.journal, self.channels, self.defaults).await?);
        let asked = self.channels.iter().map(|channel| async {
            let why = self.ask(*channel, &heard).await.err()?;
            Some((channel.kind(), why))
        });
        let unheard = join_all(asked).await.into_iter().flatten().collect();
        let heard = heard.borrow().clone();
        heard.keep(self.journal).await?;
        Ok(Refreshed { rollout: heard.rollout(), unheard })
    }

    /// Listens to every channel, and tells what all of them come to whenever one was heard. Never ends.
    async fn follow(&self, heard: Heard, tell: &(impl Fn(&Heard) + Sync)) -> Infallible {
        let heard = watch::Sender::new(heard);
        let listeners = self.channels.iter().map(|channel| self.listen(*channel, &heard, tell));
        // Nobody waits for the disk before obeying.
        tokio::join!(join_all(listeners), self.remember(heard.subscribe()));
        pending().await
    }

    /// Asks a channel now and then, and at each of its signs. Both go on side by side: who is about to give a sign may hold
    /// what the answer needs, as Remote Config does while it fetches, and must come to its end meanwhile.
    async fn listen(&self, channel: &dyn Channel, heard: &watch::Sender<Heard>, tell: &(impl Fn(&Heard) + Sync)) {
        let sign = Notify::new();
        let signs = channel.signs().for_each(|()| {
            sign.notify_one();
            ready(())
        });
        tokio::join!(signs, self.keep_asking(channel, heard, tell, &sign));
    }

    /// Never ends. A sign that comes while the channel is asked is followed by asking once more.
    async fn keep_asking(
        &self,
        channel: &dyn Channel,
        heard: &watch::Sender<Heard>,
        tell: &(impl Fn(&Heard) + Sync),
        sign: &Notify,
    ) {
        loop {
            let next = self.clock.elapsed().saturating_add(channel.kind().asked_every());
            // Whoever does not answer stays as they were heard last, and is asked again.
            if self.ask(channel, heard).await.is_ok() {
                tell(&heard.borrow());
            }
            tokio::select! {
                biased;
                () = sign.notified() => {}
                () = self.clock.until(next) => {}
            }
        }
    }

    /// Keeps what is heard whenever it is something new: a process may be killed at any moment.
    async fn remember(&self, mut heard: watch::Receiver<Heard>) {
        let mut kept = heard.borrow_and_update().clone();
        while heard.changed().await.is_ok() {
            let now = heard.borrow_and_update().clone();
            if !now.is_as_good_as(&kept) && now.keep(self.journal).await.is_ok() {
                kept = now;
            }
        }
    }

    /// Asks a channel, and takes in what it says now.
    async fn ask(&self, channel: &dyn Channel, heard: &watch::Sender<Heard>) -> Result<()> {
        let (kind, clock) = (channel.kind(), self.clock);
        let end = clock.elapsed().saturating_add(kind.answers_within());
        let values = tokio::select! {
            biased;
            answer = channel.ask() => answer?,
            () = clock.until(end) => {
                let message = format!("no answer within {} s; what was heard last counts", kind.answers_within().as_secs());
                return Err(Error::new(ErrorKind::Timeout, message));
            }
        };
        heard.send_modify(|heard| heard.take(kind, values));
        Ok(())
    }
}
