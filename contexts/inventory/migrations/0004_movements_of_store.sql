-- What happened in a store, the latest first. Reservations stay out, as with the others: placing
-- an order pays nothing for this index.
create index inventory_movement_store on inventory_movement (store_id, id) where kind <> 'reserve';
