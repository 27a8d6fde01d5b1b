//! Who takes what, where each may take some of it: as many as can be served. Pure.

/// For each of those that take (of which `fits` says what they may), what it takes, of `count` things.
#[must_use]
pub(crate) fn assigned(fits: &[Vec<usize>], count: usize) -> Vec<Option<usize>> {
    let mut takers: Vec<Option<usize>> = vec![None; count];
    for taker in 0..fits.len() {
        serve(taker, fits, &mut takers);
    }
    let mut assigned = vec![None; fits.len()];
    for (thing, taker) in takers.iter().enumerate() {
        if let Some(taker) = taker {
            assigned[*taker] = Some(thing);
        }
    }
    assigned
}

/// Gives a taker something, if others can be moved to make room. Breadth first, so that no depth of calls follows from what comes.
fn serve(taker: usize, fits: &[Vec<usize>], takers: &mut [Option<usize>]) {
    // Of each thing that was looked at, who would take it.
    let mut asked: Vec<Option<usize>> = vec![None; takers.len()];
    let mut waiting = std::collections::VecDeque::from([taker]);
    while let Some(next) = waiting.pop_front() {
        for thing in &fits[next] {
            if asked[*thing].is_some() {
                continue;
            }
            asked[*thing] = Some(next);
            match takers[*thing] {
                Some(other) => waiting.push_back(other),
                None => return hand_over(*thing, taker, &asked, takers),
            }
        }
    }
}

/// Hands things over along the way that led to a free one.
fn hand_over(free: usize, first: usize, asked: &[Option<usize>], takers: &mut [Option<usize>]) {
    let mut thing = free;
    while let Some(taker) = asked[thing] {
        let before = takers.iter().position(|other| *other == Some(taker));
        takers[thing] = Some(taker);
        match before {
            Some(before) if taker != first => thing = before,
            _ => return,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The most that can be served, found by trying everything.
    fn most(fits: &[Vec<usize>], used: u32) -> usize {
        let Some((first, rest)) = fits.split_first() else { return 0 };
        let taken = first.iter().filter(|thing| used & 1 << **thing == 0).map(|thing| 1 + most(rest, used | 1 << *thing));
        taken.max().unwrap_or(0).max(most(rest, used))
    }

    #[test]
    fn serves_as_many_as_can_be() {
        let mut seed = 1_u64;
        for _ in 0..2_000 {
            let mut random = || {
                seed = seed * 16_807 % 2_147_483_647;
                seed
            };
            let fits: Vec<Vec<usize>> = (0..5).map(|_| (0..5).filter(|_| random() % 3 == 0).collect()).collect();
            let assigned = assigned(&fits, 5);
            assert_eq!(assigned.iter().flatten().count(), most(&fits, 0), "{fits:?}");
            for (taker, thing) in assigned.iter().enumerate() {
                assert!(thing.is_none_or(|thing| fits[taker].contains(&thing)));
                assert!(thing.is_none() || assigned.iter().filter(|other| *other == thing).count() == 1);
            }
        }
    }
}
