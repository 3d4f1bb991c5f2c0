package archive

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"trustdeck/model"
	"trustdeck/model/display"
)

// Schema is the schema member of a manifest. An archive with any other is not
// read and not written.
const (
	Schema       = "trustdeck-archive/v1"
	schemaPrefix = "trustdeck-archive/"
)

// Limits on what is read of an archive.
const (
	// maxManifest is the largest manifest or journal in bytes: about a million
	// files.
	maxManifest = 512 << 20
	// maxFile is the largest metadata file in bytes, Notary's own limit.
	maxFile = 100 << 20
	// maxDocument is the largest certificate or changefeed file in bytes.
	maxDocument = 16 << 20
	// maxText is the longest server name in bytes.
	maxText = 2048
)

// A manifest is the table of contents.
type manifest struct {
	Schema  string    `json:"schema"`
	Created time.Time `json:"created"`
	// Updated is when the last run ended.
	Updated      time.Time     `json:"updated"`
	Repositories []*repository `json:"repositories"`
	// index finds Repositories by name; see find.
	index map[model.GUN]*repository
}

// A repository is what the manifest says of one.
type repository struct {
	GUN model.GUN `json:"gun"`
	// Folder relative to the archive.
	Folder string `json:"folder"`
	// Server that it was read from last, and when.
	Server string    `json:"server"`
	Read   time.Time `json:"read,omitzero"`
	// Changed is the last publish, where known.
	Changed time.Time `json:"changed,omitzero"`
	// Complete is true where everything that the server had was saved.
	Complete bool    `json:"complete"`
	Roles    []*role `json:"roles"`
	// Certificates and Changefeed are further files, Changefeed in the order
	// in which they were written.
	Certificates []document `json:"certificates"`
	Changefeed   []document `json:"changefeed"`
}

// A role lists the versions of a role, ascending; of two with the same version
// the one that was saved later comes last.
type role struct {
	Name model.RoleName `json:"role"`
	// Current is the SHA-256 of the version that the server served as the
	// present one, in hexadecimal; empty where it served none.
	Current string `json:"current,omitempty"`
	// Absent are ranges of versions that the server did not have.
	Absent   [][2]int64 `json:"absent,omitempty"`
	Versions []version  `json:"versions"`
}

// A version is one file with metadata.
type version struct {
	// Version is 0 where the file does not tell.
	Version int64 `json:"version"`
	document
	// Modified is the server's Last-Modified.
	Modified time.Time `json:"modified,omitzero"`
}

// A document is a file with its digest.
type document struct {
	// File relative to the repository's folder, with slashes.
	File   string `json:"file"`
	Length int64  `json:"length"`
	SHA256 string `json:"sha256"`
}

func newDocument(file string, data []byte) document {
	sum := sha256.Sum256(data)
	return document{File: file, Length: int64(len(data)), SHA256: hex.EncodeToString(sum[:])}
}

// sum is SHA256 decoded; the manifest has been checked.
func (d document) sum() (sum [sha256.Size]byte) {
	_, _ = hex.Decode(sum[:], []byte(d.SHA256))
	return sum
}

// matches reports whether data is what the entry describes.
func (d document) matches(data []byte) bool {
	return int64(len(data)) == d.Length && sha256.Sum256(data) == d.sum()
}

// encode writes the manifest for people and programs: indented, everything in
// a fixed order.
func (m *manifest) encode() ([]byte, error) {
	m.sort()
	var buf bytes.Buffer
	enc := json.NewEncoder(&buf)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", " ")
	if err := enc.Encode(m); err != nil {
		return nil, fmt.Errorf("encode manifest: %w", err)
	}
	return buf.Bytes(), nil
}

func (m *manifest) sort() {
	slices.SortFunc(m.Repositories, func(a, b *repository) int { return cmp.Compare(a.GUN, b.GUN) })
	for _, r := range m.Repositories {
		slices.SortFunc(r.Roles, func(a, b *role) int { return compareRoles(a.Name, b.Name) })
		for _, role := range r.Roles {
			slices.SortStableFunc(role.Versions, func(a, b version) int { return cmp.Compare(a.Version, b.Version) })
		}
	}
}

// compareRoles puts root first, then targets and its delegations by name, then
// snapshot and timestamp.
func compareRoles(a, b model.RoleName) int {
	rank := func(r model.RoleName) int {
		switch r {
		case model.RoleRoot:
			return 0
		case model.RoleSnapshot:
			return 2
		case model.RoleTimestamp:
			return 3
		default:
			return 1
		}
	}
	return cmp.Or(cmp.Compare(rank(a), rank(b)), cmp.Compare(a, b))
}

// errSchema is the cause where a manifest is of another format.
var errSchema = errors.New("unknown format")

// parseManifest reads and checks a manifest. Whatever it accepts can be relied
// on: every path in it is the one that the format gives that file.
func parseManifest(data []byte) (*manifest, error) {
	if len(data) > maxManifest {
		return nil, fmt.Errorf("it has %d bytes; the limit is %d", len(data), maxManifest)
	}
	var head struct {
		Schema string `json:"schema"`
	}
	if err := json.Unmarshal(data, &head); err != nil {
		return nil, fmt.Errorf("it is damaged: %w", err)
	}
	switch {
	case head.Schema == Schema:
	case strings.HasPrefix(head.Schema, schemaPrefix):
		return nil, fmt.Errorf("%w: its format is %q, but this version reads %q", errSchema, clip(head.Schema), Schema)
	default:
		return nil, fmt.Errorf("%w: its schema is %q, not %q", errSchema, clip(head.Schema), Schema)
	}
	m := &manifest{}
	if err := decodeStrictly(data, m); err != nil {
		return nil, err
	}
	if err := m.check(); err != nil {
		return nil, err
	}
	return m, nil
}

// decodeStrictly decodes JSON and refuses what encoding/json would let pass:
// unknown and repeated members, and text after the end.
func decodeStrictly(data []byte, into any) error {
	if err := noTwins(json.NewDecoder(bytes.NewReader(data))); err != nil {
		return err
	}
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.DisallowUnknownFields()
	if err := dec.Decode(into); err != nil {
		return fmt.Errorf("it is damaged: %w", err)
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return errors.New("there is data after its end")
	}
	return nil
}

// noTwins refuses an object with two members of one name. The decoder folds
// case, so that twins that differ in case only would override one another.
func noTwins(dec *json.Decoder) error {
	const maxDepth = 16
	type level struct {
		object bool
		isKey  bool
		keys   map[string]bool
	}
	var open []level
	for {
		token, err := dec.Token()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("it is damaged: %w", err)
		}
		top := len(open) - 1
		if key, ok := token.(string); ok && top >= 0 && open[top].object && open[top].isKey {
			key = strings.ToLower(key)
			if open[top].keys[key] {
				return fmt.Errorf("it has two members %q in one object", clip(key))
			}
			open[top].keys[key], open[top].isKey = true, false
			continue
		}
		switch token {
		case json.Delim('{'), json.Delim('['):
			if len(open) == maxDepth {
				return fmt.Errorf("its values are nested more than %d levels deep", maxDepth)
			}
			open = append(open, level{object: token == json.Delim('{'), isKey: true, keys: map[string]bool{}})
			continue
		case json.Delim('}'), json.Delim(']'):
			open = open[:top]
			top--
		}
		if top >= 0 {
			open[top].isKey = true
		}
	}
}

// clip shortens text of unknown origin for a message, which quotes it.
func clip(s string) string { return display.Cut(s, 80) }
