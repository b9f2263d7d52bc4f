//! Events, and sets of them.

use kernel::{Event, EventSet};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Opened {
    id: Uuid,
}
impl Event for Opened {
    const TYPE: &'static str = "comptoir.test.opened.v1";
    const AGGREGATE: &'static str = "door";
    fn aggregate_id(&self) -> Uuid {
        self.id
    }
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Closed {
    id: Uuid,
    by: String,
}
impl Event for Closed {
    const TYPE: &'static str = "comptoir.test.closed.v1";
    const AGGREGATE: &'static str = "door";
    fn aggregate_id(&self) -> Uuid {
        self.id
    }
}

kernel::event_set!(
    /// What happens to doors.
    #[derive(Debug, PartialEq)]
    enum DoorFact {
        /// It opened.
        Opened(Opened),
        Closed(Closed),
    }
);

#[test]
fn every_event_is_a_set_of_one() {
    let opened = Opened { id: Uuid::nil() };
    let data = serde_json::to_string(&opened).expect("JSON");
    assert_eq!(<Opened as EventSet>::TYPES, [Opened::TYPE]);
    assert_eq!(
        <Opened as EventSet>::decode(Opened::TYPE, &data).ok(),
        Some(opened)
    );
    assert!(<Opened as EventSet>::decode(Closed::TYPE, &data).is_err());
}

#[test]
fn a_set_of_several_tells_them_apart() {
    let closed = Closed {
        id: Uuid::nil(),
        by: "wind".to_owned(),
    };
    let data = serde_json::to_string(&closed).expect("JSON");
    assert_eq!(DoorFact::TYPES, [Opened::TYPE, Closed::TYPE]);
    assert_eq!(
        DoorFact::decode(Closed::TYPE, &data).ok(),
        Some(DoorFact::Closed(closed))
    );
    let opened = DoorFact::decode(Opened::TYPE, &data).expect("a new field is no harm");
    assert_eq!(opened, DoorFact::Opened(Opened { id: Uuid::nil() }));
    let error = DoorFact::decode("comptoir.test.painted.v1", "{}").expect_err("not in the set");
    assert_eq!(
        error.to_string(),
        "event type \"comptoir.test.painted.v1\" is not one of this set"
    );
}
