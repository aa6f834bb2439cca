#!/bin/sh
# Runs once, when the database is made: the role that the nodes log in with. `roomlog migrate --role` gives it its rights.
set -eu
psql --set=ON_ERROR_STOP=1 --username="$POSTGRES_USER" --dbname="$POSTGRES_DB" --set=password="$DATABASE_NODE_PASSWORD" <<'SQL'
create role roomlog_node login password :'password';
SQL
