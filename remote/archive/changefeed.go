package archive

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io/fs"
	"time"

	"trustdeck/model"
	"trustdeck/model/port"
)

// changefeedSchema is the schema member of a changefeed file.
const changefeedSchema = "trustdeck-archive-changefeed/v1"

// A changefeed is a file with the entries that one run has found beyond those
// of the runs before. Such a file is never changed.
type changefeed struct {
	Schema  string   `json:"schema"`
	Changes []change `json:"changes"`
}

// A change is one entry: a publish, or a deletion.
type change struct {
	ID   string    `json:"id"`
	GUN  model.GUN `json:"gun"`
	Time time.Time `json:"time"`
	// Version and SHA256 of the timestamp that was published.
	Version int64  `json:"version,omitempty"`
	SHA256  string `json:"sha256,omitempty"`
	Deleted bool   `json:"deleted,omitempty"`
}

func encodeChanges(changes []port.Change) ([]byte, error) {
	feed := changefeed{Schema: changefeedSchema, Changes: make([]change, len(changes))}
	for i, c := range changes {
		feed.Changes[i] = change(c)
		feed.Changes[i].Time = c.Time.UTC()
	}
	var buf bytes.Buffer
	enc := json.NewEncoder(&buf)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", " ")
	if err := enc.Encode(feed); err != nil {
		return nil, fmt.Errorf("encode changefeed: %w", err)
	}
	return buf.Bytes(), nil
}

// readChanges reads one changefeed file of a repository.
func readChanges(fsys fs.FS, name string, r *repository, d document) ([]port.Change, error) {
	data, err := readDocument(fsys, name, r.Folder, d)
	if err != nil {
		return nil, err
	}
	var feed changefeed
	if err := decodeStrictly(data, &feed); err != nil {
		return nil, changefeedFault(name, r, d, err.Error())
	}
	if feed.Schema != changefeedSchema {
		return nil, changefeedFault(name, r, d, fmt.Sprintf("its schema is %q, not %q", clip(feed.Schema), changefeedSchema))
	}
	out := make([]port.Change, len(feed.Changes))
	for i, c := range feed.Changes {
		out[i] = port.Change(c)
	}
	return out, nil
}

// soundChanges joins the changefeed files of a repository, and tells which of
// them can be used and which not.
func soundChanges(fsys fs.FS, name string, r *repository) (changes []port.Change, sound, damaged []document) {
	for _, d := range r.Changefeed {
		part, err := readChanges(fsys, name, r, d)
		if err != nil {
			damaged = append(damaged, d)
			continue
		}
		sound = append(sound, d)
		changes = append(changes, part...)
	}
	return changes, sound, damaged
}

func changefeedFault(name string, r *repository, d document, text string) error {
	return &model.Fault{Kind: model.FaultBadData, Subject: name + "/" + r.Folder + "/" + d.File, Text: text}
}

// unseen returns those of now that are not in before: the entries that a
// server has added, or all of them where it began anew.
func unseen(before, now []port.Change) []port.Change {
	type name struct {
		id, sum string
		nanos   int64
	}
	of := func(c port.Change) name { return name{c.ID, c.SHA256, c.Time.UnixNano()} }
	seen := make(map[name]bool, len(before))
	for _, c := range before {
		seen[of(c)] = true
	}
	var out []port.Change
	for _, c := range now {
		if !seen[of(c)] {
			out = append(out, c)
		}
	}
	return out
}
