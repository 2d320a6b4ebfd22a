//! The engine by itself: stories with a table of what is seen, and a long random run against a
//! pretended repository that knows what may never happen.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use git2::Oid;

use super::*;
use crate::server::gate::jobs::Job;
use crate::server::settings::JobSettings;

/// What the pretended repository knows of a commit.
#[derive(Debug, Clone)]
struct Made {
    onto: Option<Oid>,
    change: ChangeRef,
    /// Every patch set whose content it has.
    content: BTreeSet<ChangeRef>,
}

/// A pretended repository, and jobs that fail by content.
struct World {
    engine: Engine,
    tips: BTreeMap<(String, String), Oid>,
    commits: BTreeMap<Oid, Made>,
    jobs: Arc<[Arc<Job>]>,
    /// Patch sets whose content breaks every tree that it is in.
    broken: BTreeSet<ChangeRef>,
    /// Pairs that are well alone and broken together.
    clashes: BTreeSet<(u32, u32)>,
    /// Pairs that cannot be merged with each other.
    conflicts: BTreeSet<(u32, u32)>,
    /// What the driver has been asked for and has not done.
    todo: Vec<Effect>,
    running: BTreeMap<Id, (String, Oid)>,
    /// Jobs that succeeded, by commit.
    passed: BTreeMap<Oid, BTreeSet<String>>,
    reports: Vec<(ChangeRef, Pipeline, Outcome)>,
    landed: Vec<ChangeRef>,
    resets: Vec<Vec<ChangeRef>>,
    most: usize,
    clock: Moment,
}

fn change(number: u32) -> ChangeRef {
    ChangeRef { number, patch_set: 1 }
}

fn job(name: &str, text: &str) -> Arc<Job> {
    let settings: JobSettings = toml::from_str(&format!("command = [\"true\"]\n{text}")).unwrap();
    Job::sample(name, settings)
}

impl World {
    fn new(slots: usize, window: usize, jobs: &[Arc<Job>]) -> Self {
        let rules = WindowRules { start: window, floor: 2, ceiling: 0 };
        Self {
            engine: Engine::new(7, slots, rules),
            tips: BTreeMap::new(),
            commits: BTreeMap::new(),
            jobs: jobs.into(),
            broken: BTreeSet::new(),
            clashes: BTreeSet::new(),
            conflicts: BTreeSet::new(),
            todo: Vec::new(),
            running: BTreeMap::new(),
            passed: BTreeMap::new(),
            reports: Vec::new(),
            landed: Vec::new(),
            resets: Vec::new(),
            most: 0,
            clock: 0,
        }
    }

    fn candidate(&self, change: ChangeRef, project: &str, needs: &[ChangeRef]) -> Arc<Candidate> {
        Arc::new(Candidate {
            subject: Subject { change, project: project.to_owned(), branch: "main".to_owned() },
            owner: "alice".to_owned(),
            queue: "integrated".to_owned(),
            needs: needs.to_vec(),
            jobs: Arc::clone(&self.jobs),
        })
    }

    fn enqueue(&mut self, number: u32, needs: &[u32]) {
        let needs: Vec<_> = needs.iter().map(|n| change(*n)).collect();
        let candidate = self.candidate(change(number), "p", &needs);
        self.tell(Input::Enqueue { pipeline: Pipeline::Gate, candidate, enqueued: None });
    }

    fn tell(&mut self, input: Input) {
        self.clock += 1;
        let effects = self.engine.apply([input], self.clock);
        for effect in effects {
            self.take(effect);
        }
        self.most = self.most.max(self.running.len());
    }

    fn take(&mut self, effect: Effect) {
        match effect {
            Effect::Announce { .. } => {}
            Effect::Prepare { .. } | Effect::Land { .. } => self.todo.push(effect),
            Effect::Start { build, job, commit, .. } => {
                assert!(self.commits.contains_key(&commit), "a job on a commit that nobody made");
                assert!(self.running.insert(build, (job.name.clone(), commit)).is_none(), "a build starts twice");
            }
            Effect::Kill { build } => assert!(self.running.remove(&build).is_some(), "kills what does not run"),
            Effect::Report { ending } => self.reports.push((ending.subject.change, ending.pipeline, ending.outcome)),
            Effect::Reset { changes, .. } => self.resets.push(changes),
        }
    }

    fn tip(&self, project: &str) -> Option<Oid> {
        self.tips.get(&(project.to_owned(), "main".to_owned())).copied()
    }

    fn content(&self, commit: Option<Oid>) -> BTreeSet<ChangeRef> {
        commit.and_then(|c| self.commits.get(&c)).map(|m| m.content.clone()).unwrap_or_default()
    }

    /// Does the first merge or landing that is asked for.
    fn work(&mut self) -> bool {
        if self.todo.is_empty() {
            return false;
        }
        match self.todo.remove(0) {
            Effect::Prepare { set, subject, onto, .. } => {
                let base = match onto {
                    Onto::Tip => self.tip(&subject.project),
                    Onto::Commit(commit) => Some(commit),
                };
                let mut content = self.content(base);
                let conflict = content.iter().any(|c| self.conflicts.contains(&pair(c.number, subject.change.number)));
                let result = if conflict {
                    Err(Unmergeable::Conflict)
                } else {
                    content.insert(subject.change);
                    let mut bytes = [0_u8; 20];
                    bytes[..8].copy_from_slice(&(self.commits.len() as u64 + 1).to_be_bytes());
                    let commit = Oid::from_bytes(&bytes).unwrap();
                    self.commits.insert(commit, Made { onto: base, change: subject.change, content });
                    let files = vec![format!("{}.txt", subject.change.number)];
                    Ok(Prepared { onto: base.unwrap_or(Oid::ZERO_SHA1), commit, files })
                };
                self.tell(Input::Prepared { set, result });
            }
            Effect::Land { set, onto, commit, ending } => {
                let key = (ending.subject.project.clone(), "main".to_owned());
                if self.tips.get(&key).copied().unwrap_or(Oid::ZERO_SHA1) != onto {
                    self.tell(Input::Landed { set, result: Err(NotLanded::TipMoved) });
                    return true;
                }
                self.may_land(commit, onto);
                self.tips.insert(key, commit);
                self.landed.push(ending.subject.change);
                self.tell(Input::Landed { set, result: Ok(()) });
            }
            _ => unreachable!("only these are kept"),
        }
        true
    }

    /// What may never happen: a branch at a commit that did not pass all its voting jobs.
    fn may_land(&self, commit: Oid, tip: Oid) {
        let made = &self.commits[&commit];
        assert_eq!(made.onto.unwrap_or(Oid::ZERO_SHA1), tip, "it was made on something else");
        assert!(!self.landed.contains(&made.change), "{} lands twice", made.change);
        let passed = self.passed.get(&commit).cloned().unwrap_or_default();
        let files = vec![format!("{}.txt", made.change.number)];
        for job in self.jobs.iter().filter(|j| j.settings.voting && j.wanted_for(&files)) {
            assert!(passed.contains(&job.name), "{} lands without {}", made.change, job.name);
        }
    }

    fn breaks(&self, content: &BTreeSet<ChangeRef>) -> bool {
        let numbers: BTreeSet<u32> = content.iter().map(|c| c.number).collect();
        content.iter().any(|c| self.broken.contains(c))
            || self.clashes.iter().any(|(a, b)| numbers.contains(a) && numbers.contains(b))
    }

    /// Ends a build with what its content deserves.
    fn end(&mut self, build: Id) {
        let Some((job, commit)) = self.running.remove(&build) else { return };
        let verdict = if self.breaks(&self.commits[&commit].content) { Verdict::Failure } else { Verdict::Success };
        if verdict == Verdict::Success {
            self.passed.entry(commit).or_default().insert(job);
        }
        self.tell(Input::Finished { build, verdict, detail: None, log: true });
    }

    /// Does all merges; jobs go on running.
    fn settle(&mut self) {
        while self.work() {}
    }

    /// Ends all builds that run now, those of the front first, as one round of jobs.
    fn round(&mut self) {
        self.settle();
        let mut builds: Vec<(usize, Id)> =
            self.running.iter().map(|(id, (_, commit))| (self.commits[commit].content.len(), *id)).collect();
        builds.sort_unstable();
        for (_, build) in builds {
            self.end(build);
        }
        self.settle();
    }

    /// Rounds until nothing runs.
    fn rounds(&mut self) -> usize {
        let mut count = 0;
        self.settle();
        while !self.running.is_empty() {
            self.round();
            count += 1;
            assert!(count < 1000, "it does not end: {}", self.shown());
        }
        count
    }

    /// The queues in a few words.
    fn shown(&self) -> String {
        let mut text = String::new();
        for queue in self.engine.view(&|_, _| None) {
            let _fits = write!(text, "{} {}:", queue.pipeline.name(), queue.window);
            for item in &queue.items {
                let base = queue.items.iter().find(|i| Some(i.id) == item.ahead);
                let base = base.map(|i| format!("<{}", i.subject.change.number)).unwrap_or_default();
                let _fits = write!(text, " {}{base}", item.subject.change.number);
                if !item.active {
                    text.push_str(" outside");
                }
                for reason in &item.failing {
                    let _fits = write!(text, " ({})", reason.words());
                }
            }
            text.push('\n');
        }
        text
    }
}

fn pair(a: u32, b: u32) -> (u32, u32) {
    (a.min(b), a.max(b))
}

#[test]
fn eight_changes_land_in_one_round_of_jobs() {
    let mut world = World::new(8, 20, &[job("unit", "")]);
    for number in 1..=8 {
        world.enqueue(number, &[]);
    }
    world.settle();
    assert_eq!(world.shown(), "gate 20: 1 2<1 3<2 4<3 5<4 6<5 7<6 8<7\n");
    assert_eq!(world.rounds(), 1);
    assert_eq!(world.landed, (1..=8).map(change).collect::<Vec<_>>());
    assert!(world.resets.is_empty());
}

#[test]
fn one_failure_costs_one_reset_and_a_second_round() {
    let mut world = World::new(8, 20, &[job("unit", "")]);
    world.broken.insert(change(3));
    for number in 1..=8 {
        world.enqueue(number, &[]);
    }
    assert_eq!(world.rounds(), 2);
    assert_eq!(world.landed, [1, 2, 4, 5, 6, 7, 8].map(change));
    assert_eq!(world.reports, [(change(3), Pipeline::Gate, Outcome::Failed)]);
    assert_eq!(world.resets, [[4, 5, 6, 7, 8].map(change).to_vec()], "one reset");
}

#[test]
fn a_failure_waits_for_what_is_ahead_and_is_tried_again_without_it() {
    let mut world = World::new(8, 20, &[job("unit", "")]);
    world.clashes.insert((1, 2));
    world.enqueue(1, &[]);
    world.enqueue(2, &[]);
    world.enqueue(3, &[]);
    world.settle();
    let second = *world.running.iter().find(|(_, (_, c))| world.commits[c].change == change(2)).unwrap().0;
    world.end(second);
    world.settle();
    assert_eq!(world.shown(), "gate 20: 1 2<1 (at least one job failed) 3<1\n");
    world.tell(Input::Leave { pipeline: Pipeline::Gate, change: change(1) });
    world.settle();
    assert_eq!(world.shown(), "gate 20: 2 3<2\n");
    world.rounds();
    assert_eq!(world.landed, [2, 3].map(change));
}

#[test]
fn conflicts_are_told_when_nothing_is_ahead_and_cost_the_ones_behind_nothing() {
    let mut world = World::new(8, 20, &[job("unit", "")]);
    world.conflicts.insert((1, 2));
    for number in 1..=3 {
        world.enqueue(number, &[]);
    }
    world.settle();
    assert_eq!(world.shown(), "gate 20: 1 2<1 (it has a merge conflict) 3<1\n");
    assert_eq!(world.rounds(), 1);
    assert_eq!(world.landed, [1, 3].map(change));
    assert_eq!(world.reports, [(change(2), Pipeline::Gate, Outcome::Conflict)]);
}

#[test]
fn a_stack_lands_in_order_and_falls_with_what_is_below() {
    let mut world = World::new(8, 20, &[job("unit", "")]);
    world.enqueue(2, &[1]);
    assert_eq!(world.shown(), "", "what it needs is not there");
    world.enqueue(1, &[]);
    world.enqueue(2, &[1]);
    world.enqueue(3, &[2, 1]);
    world.enqueue(4, &[]);
    world.broken.insert(change(2));
    world.settle();
    let builds: Vec<Id> = world.running.keys().copied().collect();
    for build in builds
        .into_iter()
        .filter(|b| *b != *world.running.iter().find(|(_, (_, c))| world.commits[c].change == change(1)).unwrap().0)
        .collect::<Vec<_>>()
    {
        world.end(build);
    }
    world.settle();
    let words = "gate 20: 1 2<1 (at least one job failed) 3<1 (a needed change is failing) 4<1\n";
    assert_eq!(world.shown(), words);
    world.rounds();
    assert_eq!(world.landed, [1, 4].map(change));
    let gone = Outcome::NeedsGone(change(2));
    assert_eq!(world.reports, [(change(2), Pipeline::Gate, Outcome::Failed), (change(3), Pipeline::Gate, gone)]);
}

#[test]
fn a_new_patch_set_waits_for_what_comes_of_the_one_that_is_landing() {
    let mut world = World::new(1, 0, &[]);
    world.enqueue(1, &[]);
    assert!(world.work(), "the merge is made");
    let landing = world.todo.iter().find_map(|e| if let Effect::Land { set, .. } = e { Some(*set) } else { None });
    let set = landing.expect("it is on its way to the branch");
    let next = world.candidate(ChangeRef { number: 1, patch_set: 2 }, "p", &[]);
    world.tell(Input::Leave { pipeline: Pipeline::Gate, change: change(1) });
    assert!(!world.engine.takes(Pipeline::Gate, &next));
    world.tell(Input::Landed { set, result: Err(NotLanded::Gone) });
    assert!(world.engine.takes(Pipeline::Gate, &next));
    let needy = world.candidate(change(3), "p", &[change(2)]);
    assert!(!world.engine.takes(Pipeline::Gate, &needy), "what it needs is not there");
}

#[test]
fn promotion_moves_to_the_front_with_what_is_needed_and_nothing_where_it_is_there() {
    let mut world = World::new(8, 20, &[job("unit", "")]);
    for (number, needs) in [(1, vec![]), (2, vec![]), (3, vec![]), (4, vec![3])] {
        world.enqueue(number, &needs);
    }
    world.settle();
    let ids = |world: &World| world.running.keys().copied().collect::<Vec<_>>();
    let before = ids(&world);
    world.tell(Input::Promote { changes: vec![change(1)] });
    world.tell(Input::Promote { changes: vec![change(9)] });
    assert_eq!(ids(&world), before, "nothing starts again");
    world.tell(Input::Promote { changes: vec![change(4), change(1)] });
    world.settle();
    assert_eq!(world.shown(), "gate 20: 3 4<3 1<4 2<1\n");
    assert!(ids(&world).iter().all(|id| !before.contains(id)));
    world.rounds();
    assert_eq!(world.landed, [3, 4, 1, 2].map(change));
}

#[test]
fn only_the_window_has_jobs_and_it_follows_success_and_failure() {
    let mut world = World::new(9, 3, &[job("unit", "")]);
    world.broken.insert(change(2));
    for number in 1..=5 {
        world.enqueue(number, &[]);
    }
    world.settle();
    assert_eq!(world.shown(), "gate 3: 1 2<1 3<2 4<3 outside 5<4 outside\n");
    assert_eq!(world.running.len(), 3);
    world.round();
    assert_eq!(world.shown(), "gate 2: 3 4<3 5<4 outside\n");
    world.rounds();
    assert_eq!(world.landed, [1, 3, 4, 5].map(change));
}

#[test]
fn slots_go_to_the_gate_and_its_front_first() {
    let mut world = World::new(2, 20, &[job("unit", "")]);
    let candidate = world.candidate(change(7), "p", &[]);
    world.tell(Input::Enqueue { pipeline: Pipeline::Check, candidate, enqueued: None });
    world.enqueue(1, &[]);
    world.enqueue(2, &[]);
    world.settle();
    world.round();
    assert_eq!(world.most, 2);
    world.rounds();
    assert_eq!(world.landed, [1, 2].map(change));
    assert_eq!(world.reports, [(change(7), Pipeline::Check, Outcome::Passed)]);
}

#[test]
fn jobs_wait_for_jobs_are_tried_again_and_need_not_count() {
    let jobs = [
        job("build", "attempts = 2"),
        job("docs", "files = [\"Doc/**\"]"),
        job("lint", "voting = false"),
        job("unit", "needs = [\"build\", \"docs\"]"),
    ];
    let mut world = World::new(8, 20, &jobs);
    world.enqueue(1, &[]);
    world.settle();
    let named = |world: &World, name: &str| world.running.iter().find(|(_, (n, _))| n == name).map(|(id, _)| *id);
    assert!(named(&world, "docs").is_none() && named(&world, "unit").is_none());
    let fail = |world: &mut World, name: &str| {
        let build = named(world, name).unwrap();
        world.running.remove(&build);
        world.tell(Input::Finished { build, verdict: Verdict::Failure, detail: None, log: true });
    };
    fail(&mut world, "lint");
    fail(&mut world, "build");
    let view = &world.engine.view(&|_, _| None)[0].items[0];
    assert_eq!((view.jobs[0].tries, view.jobs[0].result, view.failing.len()), (2, None, 0));
    assert_eq!(view.jobs[2].waiting.as_ref().unwrap().words(), "dependencies: build");
    world.rounds();
    assert_eq!(world.landed, [change(1)]);

    world.enqueue(2, &[]);
    world.settle();
    fail(&mut world, "build");
    fail(&mut world, "build");
    world.rounds();
    assert_eq!(world.reports, [(change(2), Pipeline::Gate, Outcome::Failed)]);
}

#[test]
fn what_touches_nothing_that_is_tested_lands_at_once() {
    let mut world = World::new(8, 20, &[job("unit", "ignore-files = [\"*.txt\"]")]);
    world.enqueue(1, &[]);
    assert_eq!(world.rounds(), 0);
    assert_eq!(world.landed, [change(1)]);
}

#[test]
fn projects_share_a_queue_each_on_a_branch_of_its_own() {
    let mut world = World::new(8, 20, &[job("unit", "")]);
    for (number, project) in [(1, "p"), (2, "q"), (3, "p"), (4, "q")] {
        let candidate = world.candidate(change(number), project, &[]);
        world.tell(Input::Enqueue { pipeline: Pipeline::Gate, candidate, enqueued: None });
    }
    assert_eq!(world.rounds(), 1);
    assert_eq!(world.landed, [1, 2, 3, 4].map(change));
    let content = |project| world.content(world.tip(project));
    assert_eq!((content("p"), content("q")), ([1, 3].map(change).into(), [2, 4].map(change).into()));
}

/// A sequence of numbers that is the same for the same seed.
struct Dice(u64);

impl Dice {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % limit
    }
}

/// Many steps of everything that can happen, in an order that nobody thought of. The pretended
/// repository refuses what may never happen ([`World::may_land`]); in the end every queue is empty
/// and every change that is well has landed. `PYFLOW_SOAK=N` takes N times as many steps.
#[test]
fn whatever_happens_only_what_passed_is_merged() {
    let soak: usize = std::env::var("PYFLOW_SOAK").ok().and_then(|n| n.parse().ok()).unwrap_or(1);
    let (mut steps, mut landed, mut seed) = (0, 0, 1);
    while steps < 100_000 * soak {
        let mut dice = Dice(seed);
        let mut jobs = vec![job("unit", "")];
        if dice.below(2) == 0 {
            jobs.push(job("lint", "voting = false"));
            jobs.push(job("docs", "needs = [\"unit\"]\nignore-files = [\"*0.txt\"]"));
        }
        let slots = 1 + dice.below(10);
        let mut world = World::new(slots, dice.below(6), &jobs);
        let mut gone: BTreeSet<ChangeRef> = BTreeSet::new();
        let mut patch_sets: BTreeMap<u32, u32> = BTreeMap::new();
        for number in 1..=40 {
            let rotten = dice.below(6) == 0;
            if rotten {
                world.broken.insert(change(number));
            }
            for set in [&mut world.clashes, &mut world.conflicts] {
                if dice.below(12) == 0 {
                    set.insert(pair(number, 1 + u32::try_from(dice.below(40)).unwrap()));
                }
            }
        }
        world.clashes.retain(|(a, b)| a != b);
        world.conflicts.retain(|(a, b)| a != b);
        for _ in 0..600 {
            steps += 1;
            let number = 1 + u32::try_from(dice.below(40)).unwrap();
            let patch_set = *patch_sets.entry(number).or_insert(1);
            let this = ChangeRef { number, patch_set };
            match dice.below(20) {
                0..=4 if !world.landed.iter().any(|c| c.number == number) => {
                    let below = this.number.saturating_sub(1);
                    let needs = if number % 4 == 0 && !world.landed.iter().any(|c| c.number == below) {
                        vec![ChangeRef { number: below, patch_set: *patch_sets.entry(below).or_insert(1) }]
                    } else {
                        vec![]
                    };
                    let project = if number % 5 < 2 { "q" } else { "p" };
                    let project = if number % 4 == 3 || number % 4 == 0 { "p" } else { project };
                    let candidate = world.candidate(this, project, &needs);
                    let pipeline = if dice.below(4) == 0 { Pipeline::Check } else { Pipeline::Gate };
                    world.tell(Input::Enqueue { pipeline, candidate, enqueued: None });
                }
                5 => {
                    world.tell(Input::Leave { pipeline: Pipeline::Gate, change: this });
                }
                6 => {
                    // A new patch set, which may be better or worse.
                    for pipeline in Pipeline::ALL {
                        world.tell(Input::Leave { pipeline, change: this });
                    }
                    if !world.landed.iter().any(|c| c.number == number)
                        && !world.todo.iter().any(|e| matches!(e, Effect::Land { .. }))
                    {
                        gone.insert(this);
                        patch_sets.insert(number, patch_set + 1);
                        if dice.below(6) == 0 {
                            world.broken.insert(ChangeRef { number, patch_set: patch_set + 1 });
                        }
                    }
                }
                7 => {
                    let other = 1 + u32::try_from(dice.below(40)).unwrap();
                    let other = ChangeRef { number: other, patch_set: *patch_sets.get(&other).unwrap_or(&1) };
                    world.tell(Input::Promote { changes: vec![this, other] });
                }
                8..=13 => {
                    world.work();
                }
                _ => {
                    let builds: Vec<Id> = world.running.keys().copied().collect();
                    if !builds.is_empty() {
                        let build = builds[dice.below(builds.len())];
                        if dice.below(3) == 0 {
                            world.tell(Input::Started { build });
                        } else {
                            world.end(build);
                        }
                    }
                }
            }
            assert!(world.running.len() <= slots, "seed {seed}: more jobs than slots");
        }
        world.rounds();
        assert!(world.todo.is_empty(), "seed {seed}: {:?}", world.todo);
        assert_eq!(world.shown(), "", "seed {seed}: the queues do not empty");
        assert!(world.landed.iter().all(|c| !gone.contains(c)), "seed {seed}: an old patch set landed");
        for project in ["p", "q"] {
            assert!(!world.breaks(&world.content(world.tip(project))), "seed {seed}: {project} is broken");
        }
        landed += world.landed.len();
        seed += 1;
    }
    assert!(landed > 1000, "hardly anything landed: {landed}");
}
