//! Nanoseconds per decision, ours and Cedar's, in one organization of 10,000 members and 100 workspaces.

use guildhall_access::{
    Model, PermissionKey, RoleKey, ScopeId, ScopeKind, SubjectId,
    snapshot::{Assignment, FactChange, Facts, Owns, PermissionIx, ScopeFact, ScopeIx, Snapshot, SubjectIx},
};
use guildhall_fuzz::{Oracle, Policies, Random};
use std::{
    error::Error,
    hint::black_box,
    sync::Arc,
    time::{Duration, Instant},
};

const MEMBERS: usize = 10_000;
const WORKSPACES: usize = 100;
const ROLES_AT_WORKSPACES: usize = 5;
const QUESTIONS: usize = 20_000;
/// What Cedar is asked: it takes longer.
const FOR_CEDAR: usize = 2_000;
const NOW: i64 = 0;
/// How long each thing is repeated. The quickest round counts: the others were disturbed.
const ROUNDS: Duration = Duration::from_secs(1);

struct Question {
    subject: SubjectId,
    permission: PermissionKey,
    scope: ScopeId,
}

pub(crate) fn run() -> Result<(), Box<dyn Error + Send + Sync>> {
    let model = Model::preset("standard").map_err(|found| format!("{found:?}"))?;
    let mut random = Random(1);
    let facts = facts(&model, &mut random);
    let questions: Vec<Question> = (0..QUESTIONS).filter_map(|_| question(&facts, &model, &mut random)).collect();
    println!(
        "one organization, {MEMBERS} members, {WORKSPACES} workspaces, {} assignments, {} permissions; random questions\n",
        facts.assignments.len(),
        model.permissions.len()
    );
    let started = Instant::now();
    let snapshot = Snapshot::build(&Arc::new(model.clone()), facts.clone())?;
    println!("compiled in {:.1} ms\n", started.elapsed().as_secs_f64() * 1e3);

    let ours = ours(&snapshot, &questions);
    searches(&snapshot, &questions);
    publishing(&snapshot, &facts)?;
    cedar(&model, &facts, &snapshot, &questions, ours)
}

fn facts(model: &Model, random: &mut Random) -> Facts {
    let root = ScopeFact { id: ScopeId(uuid(random)), kind: ScopeKind::Organization, parent: None };
    let below = |random: &mut Random| ScopeFact { id: ScopeId(uuid(random)), kind: ScopeKind::Workspace, parent: Some(root.id) };
    let workspaces: Vec<ScopeFact> = (0..WORKSPACES).map(|_| below(random)).collect();
    let of_kind = |kind| model.roles.iter().filter(move |r| r.at == kind && r.key != model.organization.top_role);
    let at_root: Vec<RoleKey> = of_kind(ScopeKind::Organization).map(|r| r.key.clone()).collect();
    let at_workspace: Vec<RoleKey> = of_kind(ScopeKind::Workspace).map(|r| r.key.clone()).collect();
    let mut assignments = Vec::new();
    for n in 0..MEMBERS {
        let subject = SubjectId(uuid(random));
        let role = if n == 0 { Some(&model.organization.top_role) } else { random.pick(&at_root) };
        let held = |scope: ScopeId, role: Option<&RoleKey>| Assignment {
            subject,
            scope,
            roles: role.cloned().into_iter().collect(),
            from: None,
            until: None,
        };
        assignments.push(held(root.id, role));
        for _ in 0..ROLES_AT_WORKSPACES {
            let place = random.pick(&workspaces).map_or(root.id, |w| w.id);
            assignments.push(held(place, random.pick(&at_workspace)));
        }
    }
    let scopes = [root].into_iter().chain(workspaces).collect();
    Facts { revision: 1, scopes, assignments, seed: random.bits(), ..Facts::default() }
}

/// A random number of the form of a uuid of version 4.
fn uuid(random: &mut Random) -> u128 {
    let bits = u128::from(random.bits()) << 64 | u128::from(random.bits());
    bits & !(0xf << 76) & !(0x3 << 62) | 4 << 76 | 2 << 62
}

fn text(id: u128) -> String {
    let hex = format!("{id:032x}");
    let part = |from, to| hex.get(from..to).unwrap_or_default();
    format!("{}-{}-{}-{}-{}", part(0, 8), part(8, 12), part(12, 16), part(16, 20), part(20, 32))
}

/// The permission is one that can be asked at the scope.
fn question(facts: &Facts, model: &Model, random: &mut Random) -> Option<Question> {
    let scope = random.pick(&facts.scopes)?;
    let asked: Vec<_> = model.permissions.iter().filter(|p| p.at.contains(&scope.kind)).collect();
    let subject = random.pick(&facts.assignments)?.subject;
    let permission = random.pick(&asked)?.key.clone();
    Some(Question { subject, permission, scope: scope.id })
}

/// The quickest of many rounds: nanoseconds for each of `n`.
fn best(n: usize, mut work: impl FnMut() -> usize) -> f64 {
    let (mut least, begun) = (f64::INFINITY, Instant::now());
    while begun.elapsed() < ROUNDS {
        let started = Instant::now();
        black_box(work());
        least = least.min(started.elapsed().as_secs_f64());
    }
    #[expect(clippy::cast_precision_loss, reason = "counts are small")]
    let n = n as f64;
    least * 1e9 / n
}

fn line(what: &str, ns: f64) {
    println!("{what:<58} {ns:>10.1} ns");
}

fn ours(snapshot: &Snapshot, questions: &[Question]) -> f64 {
    let numbers = |q: &Question| -> Option<(SubjectIx, PermissionIx, ScopeIx)> {
        Some((snapshot.subject_ix(q.subject)?, snapshot.permission_ix(q.permission.as_str())?, snapshot.scope_ix(q.scope)?))
    };
    let interned: Vec<_> = questions.iter().filter_map(numbers).collect();
    let n = questions.len();
    let fast = best(n, || interned.iter().filter(|(s, p, x)| snapshot.allowed_ix(*s, *p, *x, NOW)).count());
    line("decision, interned", fast);
    let ids = || questions.iter().filter(|q| snapshot.allowed(q.subject, q.permission.as_str(), q.scope, NOW)).count();
    line("decision, from uuids and the permission's name", best(n, ids));
    // As they lie in a request: one after another.
    let body: Vec<String> = questions.iter().map(|q| [text(q.subject.0), q.permission.to_string(), text(q.scope.0)].join(" ")).collect();
    let body = body.join("\n");
    let texts: Vec<[&str; 3]> = body.lines().filter_map(|line| line.splitn(3, ' ').collect::<Vec<_>>().try_into().ok()).collect();
    let of_texts = || texts.iter().filter(|[subject, permission, scope]| snapshot.allowed_text(subject, permission, scope, NOW)).count();
    assert_eq!((texts.len(), of_texts()), (n, ids()));
    line("decision, from text", best(n, of_texts));
    line("decision, in a batch of 100, interned", best(n, || interned.chunks(100).map(|c| snapshot.allowed_batch(c, NOW).len()).sum()));
    let explained = || questions.iter().filter(|q| snapshot.explain(q.subject, q.permission.as_str(), q.scope, NOW).allowed).count();
    line("explained, from uuids", best(n, explained));
    fast
}

fn searches(snapshot: &Snapshot, questions: &[Question]) {
    let some = questions.get(..200).unwrap_or(questions);
    let whom = || some.iter().map(|q| snapshot.subjects(q.permission.as_str(), q.scope, NOW).len()).sum();
    line(&format!("which of {MEMBERS} subjects"), best(some.len(), whom));
    let places = || some.iter().map(|q| snapshot.scopes(q.subject, q.permission.as_str(), NOW).len()).sum();
    line(&format!("which of {} scopes", WORKSPACES + 1), best(some.len(), places));
    let acts = || some.iter().map(|q| snapshot.actions(q.subject, q.scope, NOW).len()).sum();
    line("which permissions", best(some.len(), acts));
}

fn publishing(snapshot: &Snapshot, facts: &Facts) -> Result<(), Box<dyn Error + Send + Sync>> {
    let some: Vec<_> = facts.assignments.iter().step_by(97).map(|a| a.subject).collect();
    let remove = |subject: &SubjectId| FactChange::Assignments { subject: *subject, assignments: Vec::new() };
    let changes: Vec<_> = some.iter().map(remove).collect();
    for change in &changes {
        snapshot.apply(std::slice::from_ref(change), 2)?;
    }
    let one_by_one = || changes.iter().filter(|c| snapshot.apply(std::slice::from_ref(*c), 2).is_ok()).count();
    line("publishing a removal", best(changes.len(), one_by_one));
    let admit = |n: usize| {
        let held = facts.assignments.first().cloned().into_iter().collect();
        FactChange::Assignments { subject: SubjectId(n as u128), assignments: held }
    };
    let admissions: Vec<_> = (0..some.len()).map(admit).collect();
    let one_by_one = || admissions.iter().filter(|c| snapshot.apply(std::slice::from_ref(*c), 2).is_ok()).count();
    line("publishing an admission", best(admissions.len(), one_by_one));
    let matrix = FactChange::Matrix { custom_roles: Vec::new(), cells: Vec::new() };
    let swap = || (0..20).filter(|_| snapshot.apply(std::slice::from_ref(&matrix), 2).is_ok()).count();
    line("publishing a change to the matrix", best(20, swap));
    println!();
    Ok(())
}

fn cedar(model: &Model, facts: &Facts, snapshot: &Snapshot, questions: &[Question], ours: f64) -> Result<(), Box<dyn Error + Send + Sync>> {
    let oracle = Oracle::new(model, facts, NOW)?;
    let mut asked = Vec::new();
    for q in questions.iter().take(FOR_CEDAR) {
        asked.push((q, Oracle::request(facts, q.subject, &q.permission, q.scope, Owns::No)?));
    }
    for (name, policies) in [
        ("Cedar, idiomatic: a policy per role", Policies::OfRoles),
        ("Cedar, a policy per permission", Policies::OfPermissions),
        ("Cedar at its best: policies sliced per action", Policies::OfAction),
    ] {
        let ns = best(asked.len(), || asked.iter().filter(|(q, r)| oracle.allowed(r, &q.permission, policies)).count());
        println!("{name:<58} {ns:>10.1} ns   {:.0} times ours", ns / ours);
    }
    let differ = asked.iter().filter(|(q, request)| {
        let right = oracle.allowed(request, &q.permission, Policies::OfRoles);
        right != snapshot.allowed(q.subject, q.permission.as_str(), q.scope, NOW)
            || right != oracle.allowed(request, &q.permission, Policies::OfAction)
    });
    println!("\n{} of {} answers differ from Cedar's", differ.count(), asked.len());
    Ok(())
}
