package notaryserver

import (
	"encoding/json"
	"testing"

	"trustdeck/internal/disk"
)

func FuzzFeed(f *testing.F) {
	f.Add([]byte(`{"count":1,"records":[{"ID":"1","CreatedAt":"2026-11-21T02:00:00Z","GUN":"a","Version":1,"SHA256":"x","Category":"update"}]}`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		if records, err := parseFeed(raw); err == nil && len(records) > feedPage {
			t.Errorf("%d records", len(records))
		}
	})
}

func FuzzCacheFile(f *testing.F) {
	header, err := json.Marshal(cacheHeader{Schema: cacheSchema, Server: "s", GUN: "g", Files: []cacheEntry{{Role: "root", Length: 1, SHA256: "x"}}})
	if err != nil {
		f.Fatal(err)
	}
	f.Add(append(disk.SumLine(header), 'x'))
	f.Fuzz(func(t *testing.T, raw []byte) {
		_, saved, err := parseCache(raw)
		if err != nil {
			return
		}
		total := 0
		for _, file := range saved.Files {
			total += len(file.Bytes)
		}
		if total > len(raw) {
			t.Errorf("%d bytes out of %d", total, len(raw))
		}
	})
}
