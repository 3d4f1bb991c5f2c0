package report_test

import (
	"encoding/csv"
	"errors"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"trustdeck/model"
	"trustdeck/model/display"
	"trustdeck/model/history"
	"trustdeck/model/report"
)

// csvRows reads CSV, and gives each row by its columns, without what is empty.
func csvRows(t *testing.T, text string) []map[string]string {
	t.Helper()
	records, err := csv.NewReader(strings.NewReader(text)).ReadAll()
	if err != nil || len(records) == 0 || !slices.Equal(records[0], report.HistoryColumns) {
		t.Fatalf("%v\n%s", err, text)
	}
	var out []map[string]string
	for _, record := range records[1:] {
		row := map[string]string{}
		for i, cell := range record {
			if cell != "" {
				row[records[0][i]] = cell
			}
		}
		out = append(out, row)
	}
	return out
}

// Each change has a row, with who has signed it.
func TestHistoryCSV(t *testing.T) {
	at := time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC)
	line := history.Timeline{
		GUN: "acme/app", Names: map[model.KeyID][]string{"a1": {"alice"}},
		Publishes: []history.Publish{
			{Kind: history.Deletion, Time: at, Clock: history.ClockFeed},
			{
				Kind: history.Snapshot, Snapshot: 3, Root: 1, Time: at, Clock: history.ClockFile, Verified: true, Compared: true,
				Differences: []history.Difference{{
					Change: history.Changed, From: "targets", Role: "targets/qa", KeysAdded: []model.KeyID{"b1"}, KeysRemoved: []model.KeyID{"a1"},
					Threshold: 1, ThresholdWas: 1, Keys: 1,
				}},
				Revisions: []history.Revision{
					{Role: "targets", Version: 4, Verified: true, Signers: []model.KeyID{"t1"}, Unchanged: true},
					{
						Role: "targets/qa", Version: 2, Verified: true, Signers: []model.KeyID{"b1", "a1"}, Compared: true,
						Targets: history.Targets{Added: 3, List: []history.TargetChange{{Name: "1.0", Change: history.Added, Hashes: model.Hashes{SHA256: []byte{1, 2}}}}},
					},
				},
				Timestamps: []history.Stamp{{Version: 7, Time: at, Verified: true, Signers: []model.KeyID{"s1"}}, {Version: 8}},
			},
			{Kind: history.Snapshot, Snapshot: 2, Problems: []model.Problem{{Severity: model.Failure, Text: "it is bad"}}},
		},
	}
	var b strings.Builder
	if err := report.WriteHistoryCSV(&b, line, line.Publishes, "tag"); err != nil {
		t.Fatal(err)
	}
	time := "2026-11-22T10:00:00Z"
	publish := func(row map[string]string) map[string]string {
		for column, cell := range map[string]string{"repository": "acme/app", "time": time, "clock": "file", "kind": "publish", "snapshot": "3", "root": "1"} {
			if _, ok := row[column]; !ok && cell != "" {
				row[column] = cell
			}
		}
		maps.DeleteFunc(row, func(_, cell string) bool { return cell == "" })
		return row
	}
	zero := strings.Repeat("0", 64)
	want := []map[string]string{
		publish(map[string]string{"clock": "changefeed", "kind": "deletion", "snapshot": "", "root": "", "about": "deletion", "change": "removed", "what": "all trust data deleted"}),
		publish(map[string]string{
			"about": "grant", "role": "targets/qa", "version": "4", "change": "changed", "what": "key of targets/qa is b1 (was alice a1)", "verified": "true",
			"signers": "t1", "from": "targets", "keysAdded": "b1", "keysRemoved": "a1",
		}),
		publish(map[string]string{"about": "file", "role": "targets", "version": "4", "what": "contents unchanged", "verified": "true", "signers": "t1"}),
		publish(map[string]string{"about": "file", "role": "targets/qa", "version": "2", "what": "3 tags added", "verified": "true", "signers": "b1 a1", "names": "alice"}),
		publish(map[string]string{
			"about": "target", "role": "targets/qa", "version": "2", "change": "added", "what": "tag added", "target": "1.0", "sha256": "0102", "verified": "true",
			"signers": "b1 a1", "names": "alice",
		}),
		publish(map[string]string{
			"about": "target", "role": "targets/qa", "version": "2", "what": "2 more tags changed and not listed", "verified": "true", "signers": "b1 a1", "names": "alice",
		}),
		publish(map[string]string{"clock": "", "about": "file", "role": "timestamp", "version": "7", "what": "signed", "verified": "true", "signers": "s1", "sha256": zero}),
		publish(map[string]string{"time": "", "clock": "", "about": "file", "role": "timestamp", "version": "8", "what": "re-signed", "verified": "false", "sha256": zero}),
		publish(map[string]string{"time": "", "clock": "", "snapshot": "2", "root": "", "about": "grant", "what": "not compared: the publish before is not known"}),
		publish(map[string]string{"time": "", "clock": "", "snapshot": "2", "root": "", "about": "problem", "verified": "false", "problems": "failure: it is bad"}),
	}
	got := csvRows(t, b.String())
	for i := range max(len(got), len(want)) {
		if i >= len(got) || i >= len(want) || !maps.Equal(got[i], want[i]) {
			t.Fatalf("row %d of\n%s\nwant\n%v", i, &b, want[min(i, len(want)-1)])
		}
	}
}

// No cell is a formula to a spreadsheet, whichever character it takes for the end of a cell, and
// none holds what cannot be shown or ends its line.
func TestHostileHistoryCSV(t *testing.T) {
	hostile := map[string]string{
		"=1+1": "'=1+1", "+1": "'+1", "-1": "'-1", "@SUM(A1)": "'@SUM(A1)", "＝1": "'＝1", "  =1": "'  =1", `"=1`: `'"=1`, "'=1": "''=1",
		"\t=1": `\t=1`, "\r\n=1": `\r\n=1`, "\x00=1": `\x00=1`, "\ufeff=1": `\ufeff=1`,
		`x";=1`: `x";'=1`, "x; \"=1": "x;' \"=1", "x,=1": "x,=1", "\x1b[31mred\u202e": `\x1b[31mred\u202e`, "a\nb": `a\nb`, "1.0-a+b": "1.0-a+b",
	}
	for cell, want := range hostile {
		line := history.Timeline{
			GUN: model.GUN(cell), Names: map[model.KeyID][]string{model.KeyID(cell): {cell}},
			Publishes: []history.Publish{{
				Kind: history.Snapshot, Compared: true,
				Differences: []history.Difference{{Change: history.Removed, From: model.RoleName(cell), Role: model.RoleName(cell), KeysRemoved: []model.KeyID{model.KeyID(cell)}}},
				Revisions: []history.Revision{{
					Role: model.RoleName(cell), Signers: []model.KeyID{model.KeyID(cell)}, Problems: []model.Problem{{Text: cell}},
					Targets: history.Targets{Added: 1, List: []history.TargetChange{{Name: cell, Change: history.Change(cell)}}},
				}},
				Problems: []model.Problem{{Text: cell}},
			}},
		}
		var b strings.Builder
		if err := report.WriteHistoryCSV(&b, line, line.Publishes, cell); err != nil {
			t.Fatal(err)
		}
		rows := csvRows(t, b.String())
		for _, column := range []string{"repository", "role", "change", "signers", "names", "target"} {
			if got := rows[len(rows)-1][column]; got != want {
				t.Errorf("%s of %q is %q, want %q", column, cell, got, want)
			}
		}
		if got := rows[1]["keysRemoved"]; got != want {
			t.Errorf("keysRemoved of %q is %q, want %q", cell, got, want)
		}
		for _, row := range rows {
			for column, got := range row {
				for part := range strings.SplitSeq(got, ";") {
					if start := strings.TrimLeft(part, ` "`); start != "" && strings.ContainsAny(start[:1], "=+-@") || !display.Shown(got) {
						t.Errorf("%s of %q is %q", column, cell, got)
					}
				}
			}
		}
		if lines := strings.Count(b.String(), "\n"); lines != len(rows)+1 {
			t.Errorf("%q makes %d lines of %d rows", cell, lines, len(rows))
		}
	}
}

// shut takes nothing.
type shut struct{}

func (shut) Write([]byte) (int, error) { return 0, errors.New("no space left") }

// A table that was not written to the end is an error.
func TestHistoryCSVThatCannotBeWritten(t *testing.T) {
	if err := report.WriteHistoryCSV(shut{}, history.Timeline{}, nil, "tag"); err == nil {
		t.Error("no error")
	}
}
