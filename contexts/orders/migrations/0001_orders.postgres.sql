create sequence orders_serial;
