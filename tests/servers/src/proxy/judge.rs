//! Who decides which call goes wrong.

use super::{Call, Fault};

/// Decides about calls, one after the other as they come in.
pub trait Judge: Send {
    /// What becomes of this one; none where another judge may decide.
    fn judge(&mut self, call: &Call) -> Option<Fault>;
}

impl<F: FnMut(&Call) -> Option<Fault> + Send> Judge for F {
    fn judge(&mut self, call: &Call) -> Option<Fault> {
        self(call)
    }
}

/// A judge that goes by method, and by number or by chance.
#[derive(Clone, Debug)]
pub struct Rule {
    method: Option<&'static str>,
    which: Which,
    /// How many calls it has seen that it is about.
    met: u64,
}

#[derive(Clone, Debug)]
enum Which {
    Every(Fault),
    Script(Vec<Fault>),
    Share { share: f64, seed: u64, faults: Vec<Fault> },
}

impl Rule {
    /// This happens to every call.
    pub fn every(fault: Fault) -> Self {
        Self::new(Which::Every(fault))
    }

    /// This happens to one call: the first is number 0.
    pub fn nth(number: usize, fault: Fault) -> Self {
        let mut script = vec![Fault::Pass; number];
        script.push(fault);
        Self::script(script)
    }

    /// These happen to as many calls in their order, and then nothing.
    pub fn script(faults: impl Into<Vec<Fault>>) -> Self {
        Self::new(Which::Script(faults.into()))
    }

    /// One of these happens to a share of the calls. Which one and when follows from the seed and the calls' numbers,
    /// and the seed is printed.
    pub fn share(share: f64, seed: u64, faults: impl Into<Vec<Fault>>) -> Self {
        println!("a share of {share} of the calls goes wrong by seed {seed}");
        Self::new(Which::Share { share, seed, faults: faults.into() })
    }

    fn new(which: Which) -> Self {
        Self { method: None, which, met: 0 }
    }

    /// The same about calls of one method alone; the others are not counted.
    #[must_use]
    pub fn of(mut self, method: &'static str) -> Self {
        self.method = Some(method);
        self
    }
}

impl Judge for Rule {
    fn judge(&mut self, call: &Call) -> Option<Fault> {
        if self.method.is_some_and(|method| method != call.method) {
            return None;
        }
        let number = self.met;
        self.met += 1;
        match &self.which {
            Which::Every(fault) => Some(fault.clone()),
            Which::Script(faults) => faults.get(usize::try_from(number).ok()?).cloned(),
            Which::Share { share, seed, faults } => {
                let mut chance = Chance(seed.wrapping_add(number.wrapping_mul(SPREAD)));
                let is_hit = chance.unit() < *share;
                is_hit.then(|| faults.get(chance.below(faults.len())).cloned()).flatten()
            }
        }
    }
}

/// Keeps the generators of neighbouring calls apart.
const SPREAD: u64 = 0xd134_2543_de82_ef95;

/// splitmix64.
struct Chance(u64);

impl Chance {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// At least 0 and less than 1.
    fn unit(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1u64 << 53) as f64
    }

    fn below(&mut self, count: usize) -> usize {
        (self.unit() * count as f64) as usize
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn call(method: &str) -> Call {
        Call { method: method.to_owned(), token: None, documents: Vec::new() }
    }

    fn hits(rule: &mut Rule, calls: usize) -> Vec<bool> {
        (0..calls).map(|_| rule.judge(&call("Commit")).is_some()).collect()
    }

    #[test]
    fn a_script_is_followed_and_ends() {
        let mut rule = Rule::script([Fault::Pass, Fault::Silence]).of("Commit");
        assert!(matches!(rule.judge(&call("Commit")), Some(Fault::Pass)));
        assert!(rule.judge(&call("Listen")).is_none(), "other methods are not counted");
        assert!(matches!(rule.judge(&call("Commit")), Some(Fault::Silence)));
        assert!(rule.judge(&call("Commit")).is_none());
    }

    #[test]
    fn one_call_of_many_goes_wrong() {
        assert!(matches!(Rule::nth(0, Fault::Silence).judge(&call("Commit")), Some(Fault::Silence)));
        let mut third = Rule::nth(2, Fault::Silence);
        let is_silence = |_| matches!(third.judge(&call("Commit")), Some(Fault::Silence));
        assert_eq!([0, 1, 2, 3].map(is_silence), [false, false, true, false]);
    }

    #[test]
    fn a_share_of_calls_goes_wrong_and_the_same_ones_by_the_same_seed() {
        for share in [0.01, 0.1, 0.5] {
            let rule = Rule::share(share, 7, [Fault::Silence]);
            let first = hits(&mut rule.clone(), 20_000);
            assert_eq!(first, hits(&mut rule.clone(), 20_000));
            assert_ne!(first, hits(&mut Rule::share(share, 8, [Fault::Silence]), 20_000));
            let hit = first.iter().filter(|hit| **hit).count() as f64 / 20_000.0;
            assert!((hit - share).abs() < share / 5.0, "{hit} of the calls where {share} were asked");
        }
    }

    #[test]
    fn every_fault_of_a_share_gets_its_turn() {
        let mut rule = Rule::share(1.0, 1, [Fault::Silence, Fault::CutAnswer(1), Fault::Pass]);
        let drawn: Vec<_> = (0..100).filter_map(|_| rule.judge(&call("Commit"))).collect();
        assert_eq!(drawn.len(), 100);
        let count = |wanted: fn(&Fault) -> bool| drawn.iter().filter(|fault| wanted(fault)).count();
        assert!(count(|fault| matches!(fault, Fault::Silence)) > 10);
        assert!(count(|fault| matches!(fault, Fault::CutAnswer(_))) > 10);
        assert!(count(|fault| matches!(fault, Fault::Pass)) > 10);
    }
}
