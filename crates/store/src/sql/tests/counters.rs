//! Limits and idempotent answers.

use super::stage::{Stage, user};
use crate::{Fault, Limited, Recalled, Reservation, WriteError};
use guildhall_core::{Timestamp, link, time::Span};
use guildhall_testkit::both_databases;

const WINDOW: Span = Span::minutes(15);

fn new(recalled: Recalled) -> Reservation {
    let Recalled::New(reservation) = recalled else { panic!("{recalled:?}") };
    reservation
}

both_databases! {
    async fn of_many_at_once_only_so_many_are_let_through(database) {
        let stage = Stage::open(database.url()).await;
        let tasks: Vec<_> = (0..40)
            .map(|_| {
                let store = stage.store.clone();
                tokio::spawn(async move { store.take("sign_in_mail", &link::hash("ann"), WINDOW, 10).await.unwrap().is_ok() })
            })
            .collect();
        let mut n = 0;
        for task in tasks {
            n += u32::from(task.await.unwrap());
        }
        assert_eq!(n, 10);
        assert!(stage.store.take("sign_in_mail", &link::hash("bob"), WINDOW, 10).await.unwrap().is_ok(), "another key");
        assert!(stage.store.take("invitation", &link::hash("ann"), WINDOW, 10).await.unwrap().is_ok(), "another limit");
        assert!(stage.store.take("invitation", &link::hash("ann"), WINDOW, 0).await.unwrap().is_err(), "none at all");
    }

    async fn a_window_slides_and_says_when_to_come_again(database) {
        let stage = Stage::open(database.url()).await;
        let key = link::hash("ann");
        let take = async || stage.store.take("sign_in_mail", &key, WINDOW, 3).await.unwrap();
        let into = stage.store.now().0.rem_euclid(WINDOW.0);
        // Just before a window ends.
        stage.wait(Span(WINDOW.0 - into - 1));
        let left: Vec<u32> = [take().await, take().await, take().await].into_iter().map(|taken| taken.unwrap().left).collect();
        assert_eq!(left, [2, 1, 0]);
        let Err(Limited { retry_at }) = take().await else { panic!("a fourth") };
        // In the next window they still count.
        stage.wait(Span(1));
        assert!(take().await.is_err());
        assert!(retry_at > stage.store.now() && retry_at <= stage.store.now() + WINDOW);
        stage.wait(Span(retry_at.0 - stage.store.now().0 - 1));
        assert!(take().await.is_err(), "a moment too early");
        stage.wait(Span(1));
        assert!(take().await.is_ok(), "at the moment that was told");
        assert!(take().await.is_err());
        // Long after, all is forgotten.
        stage.wait(Span(3 * WINDOW.0));
        assert_eq!(take().await.unwrap().left, 2);
        stage.wait(Span(3 * WINDOW.0));
        stage.store.prune().await.unwrap();
        assert_eq!(take().await.unwrap().left, 2);
    }

    async fn what_is_given_back_is_there_again_in_its_own_window_only(database) {
        let stage = Stage::open(database.url()).await;
        let key = link::hash("ann");
        let take = async || stage.store.take("recipient", &key, WINDOW, 1).await.unwrap();
        let give_back = async |taken| stage.store.give_back("recipient", &key, WINDOW, taken).await.unwrap();
        let first = take().await.unwrap();
        assert!(take().await.is_err());
        give_back(first).await;
        let second = take().await.unwrap();
        assert!(take().await.is_err(), "one came back, not more");
        stage.wait(Span(3 * WINDOW.0));
        assert!(take().await.is_ok());
        give_back(second).await;
        assert!(take().await.is_err(), "what counted long ago gives nothing back now");
    }

    async fn a_request_is_answered_once_and_the_same_for_a_day(database) {
        let stage = Stage::open(database.url()).await;
        let (ann, bob) = (stage.person("Ann", "ann@example.org").await, stage.person("Bob", "bob@example.org").await);
        let (one, other) = (link::hash("POST /v1/organizations {}"), link::hash("POST /v1/organizations {1}"));
        let recall = async |who, hash| stage.store.recall(who, "key-1", hash, Span::minutes(1)).await.unwrap();
        let anns = new(recall(&ann, &one).await);
        assert!(matches!(recall(&ann, &one).await, Recalled::InProgress));
        assert!(matches!(recall(&ann, &other).await, Recalled::Different));
        let bobs = new(recall(&bob, &other).await);
        stage.store.remember(&anns, 201, "{\"id\":1}").await.unwrap();
        stage.store.forget(&anns).await.unwrap();
        for _ in 0..2 {
            let again = recall(&ann, &one).await;
            let Recalled::Answered { status: 201, body } = again else { panic!("an answer is not forgotten: {again:?}") };
            assert_eq!(body, "{\"id\":1}");
        }
        drop(anns);
        stage.store.forget(&bobs).await.unwrap();
        drop(bobs);
        let bobs = new(recall(&bob, &one).await);
        // Taken over by another only once nobody here is at work on it, and after a while.
        stage.wait(Span::minutes(1));
        assert!(matches!(recall(&bob, &one).await, Recalled::InProgress));
        drop(bobs);
        drop(new(recall(&bob, &one).await));
        assert!(matches!(recall(&bob, &one).await, Recalled::InProgress));
        stage.wait(Span::hours(24));
        new(recall(&ann, &other).await);
        assert!(user(&ann) != user(&bob) && stage.store.now() > Timestamp(0));
    }

    /// A crash between a commit and its answer: the commit itself says that it was made for the request, which is not made again.
    async fn what_was_done_without_an_answer_is_not_done_again(database) {
        let stage = Stage::open(database.url()).await;
        let ann = stage.person("Ann", "ann@example.org").await;
        let hash = link::hash("POST /v1/organizations {}");
        let recall = async |key| stage.store.recall(&ann, key, &hash, Span::minutes(1)).await.unwrap();
        let (first, second) = (new(recall("key-1").await), new(recall("key-2").await));
        stage.store.answering(&first, stage.found(&ann, "once")).await;
        stage.found(&ann, "beside").await;
        assert!(matches!(recall("key-1").await, Recalled::InProgress), "its answer is yet to come");
        stage.store.forget(&first).await.unwrap();
        drop((first, second));
        assert!(matches!(recall("key-1").await, Recalled::Done));
        assert!(matches!(recall("key-2").await, Recalled::InProgress), "nothing was committed for it");
        stage.wait(Span::hours(1));
        assert!(matches!(recall("key-1").await, Recalled::Done), "nobody takes over, and it is not forgotten");
        new(recall("key-2").await);
    }

    /// Who was given up may still be on the way to a commit: it isn't made, so that who asks again has it done once.
    async fn what_was_given_up_is_not_committed_any_more(database) {
        let stage = Stage::open(database.url()).await;
        let ann = stage.person("Ann", "ann@example.org").await;
        let hash = link::hash("POST /v1/organizations {}");
        let recall = async || stage.store.recall(&ann, "key-1", &hash, Span::minutes(1)).await.unwrap();
        let late = new(recall().await);
        stage.store.forget(&late).await.unwrap();
        let found = async |reservation: &Reservation| stage.store.answering(reservation, stage.try_found(&ann, "once")).await;
        assert!(matches!(found(&late).await, Err(WriteError::Fault(Fault::Contended { .. }))));
        drop(late);
        stage.wait(Span::seconds(1));
        let again = new(recall().await);
        found(&again).await.unwrap();
    }
}
