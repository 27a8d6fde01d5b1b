//! Which suspicions are one, and which is shrunk first.

use super::*;

fn fault(cause: &str) -> Fault {
    Fault { verdict: Verdict::Differs, cause: cause.to_owned() }
}

/// What a launch of many plans looked like, on so many of them.
fn suspicion(player: usize, plans: &[u64], count: usize) -> Suspicion {
    let (plan, more) = (plans[0], plans[1..].to_vec());
    Suspicion { player, fault: fault("unexplained in text"), plan, count, more, leftover: None }
}

fn seen(cause: &str, plan: u64, lines: usize) -> Seen {
    Seen { fault: fault(cause), plan, weight: (lines, 10) }
}

#[test]
fn what_fails_alike_alone_is_one_suspicion_of_the_lightest_plan() {
    let alone = vec![
        (suspicion(0, &[2, 9], 8), seen("connection-missing", 9, 637)),
        (suspicion(0, &[7], 3), seen("latin-1", 7, 1)),
        (suspicion(0, &[5, 6], 2), seen("connections-reordered", 5, 6)),
        (suspicion(1, &[5], 1), seen("connections-reordered", 5, 2)),
    ];
    let found = together(alone);
    let told: Vec<_> = found.iter().map(|one| (one.player, one.fault.cause.as_str(), one.plan, one.count)).collect();
    assert_eq!(told, [(0, "connections-reordered", 5, 10), (0, "latin-1", 7, 3), (1, "connections-reordered", 5, 1)]);
    // Plans that were seen to fail alone come before others.
    assert_eq!(found[0].more, [9, 6, 2]);
}

#[test]
fn of_each_player_what_most_plans_show_is_first_and_of_equals_the_earlier() {
    let all = [suspicion(0, &[1], 2), suspicion(1, &[2], 1), suspicion(0, &[3], 5), suspicion(0, &[4], 5)];
    let (first, others) = commonest(all.to_vec());
    let plans = |some: &[Suspicion]| some.iter().map(|one| one.plan).collect::<Vec<_>>();
    assert_eq!((plans(&first), plans(&others)), (vec![2, 3], vec![1, 4]));
}

#[test]
fn who_hangs_or_crashes_where_many_run_at_once_is_said_to_fail_as_it_was_seen_to() {
    let suspicion = suspicion(0, &[1], 1);
    let stopped = |verdict| Fault { verdict, cause: "status 1".to_owned() };
    assert_eq!(suspicion.as_seen(stopped(Verdict::Crashed)), suspicion.fault);
    assert_eq!(suspicion.as_seen(stopped(Verdict::TimedOut)), suspicion.fault);
    assert_eq!(suspicion.as_seen(fault("latin-1")), fault("latin-1"));
}
