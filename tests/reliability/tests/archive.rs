//! Cold tables as other programs see them: bugs that the simulator found.

use std::path::Path;
use std::sync::Arc;

use object_store::ObjectStoreExt;
use object_store::path::Path as ObjectPath;
use thermocline_reliability::disk::Objects;
use thermocline_reliability::model::row;
use thermocline_reliability::world::World;
use thermocline_tiers::{
    Archive, ArchivedTable, At, Error, ErrorKind, Selection, TableOptions, Tier,
};

/// What a store no longer needs is removed file by file; a crash on the way leaves a log with
/// holes.
#[test]
fn a_table_whose_log_is_not_whole_hides_no_other() {
    let mut world = World::new(1);
    let store = world.open().unwrap().unwrap();
    let objects = Arc::new(Objects::new(&world.disk, Path::new("/store/cold")));
    let archive = Archive::builder("/store/cold").objects(Arc::clone(&objects) as _);
    let archive = archive.env(world.env());
    let read = world.wait(async move {
        for name in ["holes", "whole"] {
            let options = TableOptions::new(row::schema("k0"));
            let table = store.create_table(name, options).await.unwrap();
            for start in [0, 10] {
                let batch = row::batch(&row::schema("k0"), start..start + 10).unwrap();
                table.append(batch).await.unwrap();
                table.move_to(&Selection::All, Tier::Cold).await.unwrap();
            }
        }
        let gone = ObjectPath::from(format!("holes-1/_delta_log/{:020}.json", 1));
        objects.delete(&gone).await.unwrap();
        archive.open().await.unwrap().tables(At::Newest).await
    });
    let read = read.unwrap().unwrap();
    let told = read.iter().map(|(name, table)| {
        let rows = table.as_ref().map(ArchivedTable::rows);
        (name.as_str(), rows.map_err(Error::kind))
    });
    // Its name is not known either.
    let expected = [
        ("holes-1", Err(ErrorKind::Corrupt)),
        ("whole", Ok(Some(20))),
    ];
    assert_eq!(told.collect::<Vec<_>>(), expected);
}
