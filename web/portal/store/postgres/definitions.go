package postgres

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// definitions are what a schema's columns, views, indexes, constraints, triggers and functions are, a line each, as this very server writes them: the text may
// change with the server's version. A trigger that is switched off, and one that the program has not made, are other lines. Where search_path has
// pg_catalog alone, what is in a third schema has its name.
const definitions = `
	SELECT 'column ' || c.relname || ' ' || a.attname || ' ' || format_type(a.atttypid, a.atttypmod) || ' ' || a.attnotnull || ' ' || a.attidentity::text
	  || ' ' || coalesce((SELECT collname FROM pg_collation WHERE oid = a.attcollation), '') || ' ' || coalesce(pg_get_expr(d.adbin, d.adrelid), '')
	  FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
	  LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
	  WHERE c.relnamespace = {schema} AND c.relkind = 'r'
	UNION ALL SELECT 'relation ' || relkind::text || ' ' || relname || ' ' || CASE relpersistence WHEN 't' THEN 'p' ELSE relpersistence::text END
	  || ' ' || relrowsecurity || ' ' || relhasrules FROM pg_class WHERE relnamespace = {schema}
	UNION ALL SELECT 'view ' || relname || ' ' || pg_get_viewdef(oid) FROM pg_class WHERE relnamespace = {schema} AND relkind = 'v'
	UNION ALL SELECT 'index ' || i.indisvalid || ' ' || pg_get_indexdef(i.indexrelid) FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid WHERE c.relnamespace = {schema}
	UNION ALL SELECT 'constraint ' || conrelid::regclass::text || ' ' || conname || ' ' || convalidated || ' ' || pg_get_constraintdef(oid)
	  FROM pg_constraint WHERE connamespace = {schema} AND conrelid <> 0
	UNION ALL SELECT 'trigger ' || tgrelid::regclass::text || ' ' || tgenabled::text || ' '
	  || CASE WHEN tgisinternal THEN tgfoid::regproc::text ELSE pg_get_triggerdef(t.oid) END
	  FROM pg_trigger t JOIN pg_class c ON c.oid = tgrelid WHERE c.relnamespace = {schema}
	UNION ALL SELECT 'function ' || pg_get_functiondef(oid) FROM pg_proc WHERE pronamespace = {schema}`

// temporary is the name of a connection's own schema, as the server writes it.
var temporary = regexp.MustCompile(`\bpg_temp(_[0-9]+)?\.`)

// checkSchema compares what is defined with what the migrations up to this version define on the same server.
func (a *Audit) checkSchema(ctx context.Context, version int) error {
	got, err := defined(ctx, a.tx, "'eonay'::regnamespace", func(line string) string { return strings.ReplaceAll(line, schemaName+".", "") })
	if err != nil {
		return err
	}
	want, err := a.model(ctx, version)
	if err != nil {
		return fmt.Errorf("temporary tables, to compare the schema with: %w", err)
	}
	for _, line := range differing(got, want) {
		a.Found("schema", "", "%.300s", line)
	}
	return nil
}

// model returns what the migrations define, in the temporary schema of another connection, which goes with its transaction: whoever may connect may make
// one, unless the database's owner forbids it (TEMPORARY).
func (a *Audit) model(ctx context.Context, version int) ([]string, error) {
	s, err := schema(version)
	if err != nil {
		return nil, err
	}
	tx, err := a.pool.Begin(ctx)
	if err != nil {
		return nil, err
	}
	defer tx.Rollback(context.WithoutCancel(ctx))
	for _, statements := range s.Statements() {
		if _, err := tx.Exec(ctx, strings.ReplaceAll(statements, schemaName+".", "pg_temp.")); err != nil {
			return nil, err
		}
	}
	return defined(ctx, unlimited{tx}, "pg_my_temp_schema()", func(line string) string { return temporary.ReplaceAllString(line, "") })
}

// defined returns the definitions of a schema, sorted, without its name.
func defined(ctx context.Context, tx unlimited, schema string, nameless func(string) string) ([]string, error) {
	if _, err := tx.Exec(ctx, "SET LOCAL search_path = pg_catalog"); err != nil {
		return nil, err
	}
	list, err := all(ctx, tx, scanValue[string], strings.ReplaceAll(definitions, "{schema}", schema))
	if err != nil {
		return nil, err
	}
	for i, line := range list {
		list[i] = nameless(line)
	}
	slices.Sort(list)
	_, err = tx.Exec(ctx, "SET LOCAL search_path = pg_catalog,"+schemaName+",pg_temp")
	return list, err
}

// maxDiffering is how many differences of a schema are listed.
const maxDiffering = 20

// differing are the lines that only one of two sorted lists has.
func differing(got, want []string) (list []string) {
	for len(got)+len(want) > 0 && len(list) < maxDiffering {
		switch {
		case len(want) == 0 || len(got) > 0 && got[0] < want[0]:
			list, got = append(list, "not the program's: "+got[0]), got[1:]
		case len(got) == 0 || want[0] < got[0]:
			list, want = append(list, "missing: "+want[0]), want[1:]
		default:
			got, want = got[1:], want[1:]
		}
	}
	return list
}
