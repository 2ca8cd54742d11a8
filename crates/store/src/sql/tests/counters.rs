//! Limits and idempotent answers.

use super::stage::{Stage, user};
use crate::{Limited, Recalled};
use guildhall_core::{Timestamp, link, time::Span};
use guildhall_testkit::both_databases;

const WINDOW: Span = Span::minutes(15);

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

    async fn a_request_is_answered_once_and_the_same_for_a_day(database) {
        let stage = Stage::open(database.url()).await;
        let (ann, bob) = (stage.person("Ann", "ann@example.org").await, stage.person("Bob", "bob@example.org").await);
        let (one, other) = (link::hash("POST /v1/organizations {}"), link::hash("POST /v1/organizations {1}"));
        let recall = async |who, hash| stage.store.recall(who, "key-1", hash, Span::minutes(1)).await.unwrap();
        assert_eq!(recall(&ann, &one).await, Recalled::New);
        assert_eq!(recall(&ann, &one).await, Recalled::InProgress);
        assert_eq!(recall(&ann, &other).await, Recalled::Different);
        assert_eq!(recall(&bob, &other).await, Recalled::New, "another's key is another key");
        stage.store.remember(&ann, "key-1", 201, "{\"id\":1}").await.unwrap();
        stage.store.forget(&ann, "key-1").await.unwrap();
        let answered = Recalled::Answered { status: 201, body: "{\"id\":1}".to_owned() };
        assert_eq!(recall(&ann, &one).await, answered, "an answer is not forgotten");
        stage.store.forget(&bob, "key-1").await.unwrap();
        assert_eq!(recall(&bob, &one).await, Recalled::New, "what failed may be tried again");
        // Who was answering stopped: another may take over.
        stage.wait(Span::minutes(1));
        assert_eq!(recall(&bob, &one).await, Recalled::New);
        stage.wait(Span::hours(24));
        assert_eq!(recall(&ann, &other).await, Recalled::New, "forgotten after a day");
        assert!(user(&ann) != user(&bob) && stage.store.now() > Timestamp(0));
    }

    /// A crash between a commit and its answer: the commit itself says that it was made for the request, which is not made again.
    async fn what_was_done_without_an_answer_is_not_done_again(database) {
        let stage = Stage::open(database.url()).await;
        let ann = stage.person("Ann", "ann@example.org").await;
        let hash = link::hash("POST /v1/organizations {}");
        let recall = async |key| stage.store.recall(&ann, key, &hash, Span::minutes(1)).await.unwrap();
        assert_eq!((recall("key-1").await, recall("key-2").await), (Recalled::New, Recalled::New));
        stage.store.answering(&ann, "key-1", stage.found(&ann, "once")).await;
        stage.found(&ann, "beside").await;
        assert_eq!(recall("key-1").await, Recalled::Done);
        assert_eq!(recall("key-2").await, Recalled::InProgress, "nothing was committed for it");
        stage.store.forget(&ann, "key-1").await.unwrap();
        stage.wait(Span::hours(1));
        assert_eq!(recall("key-1").await, Recalled::Done, "nobody takes over, and it is not forgotten");
        assert_eq!(recall("key-2").await, Recalled::New);
        stage.store.remember(&ann, "key-1", 201, "{}").await.unwrap();
        assert_eq!(recall("key-1").await, Recalled::Answered { status: 201, body: "{}".to_owned() }, "the answer came late");
    }
}
