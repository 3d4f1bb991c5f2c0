package public

import (
	"bytes"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/secure-systems-lab/go-securesystemslib/cjson"

	"trustdeck/model/tuf/tuftest"
)

// A copier makes a copy of a repository: its files are the same but for the keys, which are our
// own, and what follows from them. A file that has expired is valid for some years more, or no
// client would read it.
type copier struct {
	keyring
	// now is when the copy is made.
	now time.Time
	// last is the version of the newest root.
	last int
	// copies are the files that were copied, by the hash of what they were copied from: a
	// folder may have a file under two names.
	copies map[[sha256.Size]byte][]byte
	// listed are the copies by the name in the listing file and the version.
	listed map[string][]byte
}

// A source is a file of metadata that is copied.
type source struct {
	name       string
	raw        []byte
	signed     tuftest.Object
	signatures []any
}

// kinds are the values of _type, in the order in which files are copied: a file that lists others
// comes after them.
var kinds = []string{"root", "targets", "snapshot", "timestamp"}

func (s *source) kind() int {
	text, _ := s.signed["_type"].(string)
	return slices.Index(kinds, strings.ToLower(text))
}

func (s *source) version() int { return number(s.signed["version"]) }

// listedAs is the name by which a listing file has the file.
func (s *source) listedAs() string {
	_, name, _ := versioned(s.name)
	return name
}

// number is a number of JSON, 0 if v is none.
func number(v any) int {
	i, _ := strconv.Atoi(fmt.Sprint(v))
	return i
}

// versioned takes a file's name apart: N.ROLE.json, or ROLE.json without a version.
func versioned(name string) (version int, listed string, ok bool) {
	name = filepath.Base(name)
	before, after, found := strings.Cut(name, ".")
	if n, err := strconv.Atoi(before); found && err == nil && strings.Contains(after, ".") {
		version, name = n, after
	}
	role, ok := strings.CutSuffix(name, ".json")
	if plain, err := url.PathUnescape(role); err == nil {
		role = plain
	}
	return version, role + ".json", ok
}

// hashed is a name with the hash of the content, as TUF had them before 1.0.
var hashed = regexp.MustCompile(`^[0-9a-f]{64,128}\.`)

// copyRepository copies a repository into an empty folder.
func copyRepository(t *testing.T, from, to string) *copier {
	t.Helper()
	c := &copier{keyring: newKeyring(), now: time.Now(), copies: map[[sha256.Size]byte][]byte{}, listed: map[string][]byte{}}
	sources, err := sourcesIn(from)
	if err != nil || len(sources) == 0 {
		t.Fatalf("%s holds no metadata: %v", from, err)
	}
	for _, s := range sources {
		c.learn(s.signed)
		if s.kind() == 0 {
			c.last = max(c.last, s.version())
		}
	}
	for _, s := range sources {
		path := filepath.Join(to, filepath.FromSlash(s.name))
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o755), os.WriteFile(path, c.file(t, s), 0o600)); err != nil {
			t.Fatal(err)
		}
	}
	return c
}

// sourcesIn are the files of metadata below a folder, those that others list first.
func sourcesIn(dir string) ([]*source, error) {
	var out []*source
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() || filepath.Ext(path) != ".json" || hashed.MatchString(d.Name()) {
			return err
		}
		name, err := filepath.Rel(dir, path)
		if err != nil {
			return err
		}
		raw, err := os.ReadFile(path)
		if s := parse(raw); s != nil {
			s.name = filepath.ToSlash(name)
			out = append(out, s)
		}
		return err
	})
	slices.SortStableFunc(out, func(a, b *source) int { return a.kind() - b.kind() })
	return out, err
}

// parse reads a file of metadata; nil if it is none.
func parse(raw []byte) *source {
	var file struct {
		Signed     tuftest.Object
		Signatures []any
	}
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	s := &source{raw: raw}
	if d.Decode(&file) != nil || file.Signed == nil {
		return nil
	}
	if s.signed, s.signatures = file.Signed, file.Signatures; s.kind() < 0 {
		return nil
	}
	return s
}

// file is the copy of a file.
func (c *copier) file(t *testing.T, s *source) []byte {
	t.Helper()
	sum := sha256.Sum256(s.raw)
	if out, ok := c.copies[sum]; ok {
		return out
	}
	signed := c.translated(s.signed).(tuftest.Object)
	if s.kind() > 0 || s.version() == c.last {
		signed["expires"] = later(fmt.Sprint(signed["expires"]), c.now)
	}
	if meta, ok := signed["meta"].(tuftest.Object); ok {
		for name, entry := range meta {
			c.relist(name, entry)
		}
	}
	payload, err := cjson.EncodeCanonical(signed)
	if err != nil {
		t.Fatalf("%s: %v", s.name, err)
	}
	signatures := []any{}
	for _, entry := range s.signatures {
		signatures = append(signatures, c.signature(entry.(tuftest.Object), payload))
	}
	out := styled(s.raw, tuftest.Object{"signed": signed, "signatures": signatures})
	c.copies[sum] = out
	c.listed[fmt.Sprint(s.listedAs(), s.version())] = out
	return out
}

// relist brings a listing of a file up to the copy. A file that is not there is listed as it was.
func (c *copier) relist(name string, listing any) {
	entry, _ := listing.(tuftest.Object)
	raw, ok := c.listed[fmt.Sprint(name, number(entry["version"]))]
	if !ok {
		return
	}
	describe(entry, raw)
}

// describe brings the length and the hashes of a file up to its content, as far as they are listed.
func describe(entry tuftest.Object, raw []byte) {
	if _, ok := entry["length"]; ok {
		entry["length"] = json.Number(strconv.Itoa(len(raw)))
	}
	hashes, _ := entry["hashes"].(tuftest.Object)
	short, long := sha256.Sum256(raw), sha512.Sum512(raw)
	for algorithm, hash := range map[string][]byte{"sha256": short[:], "sha512": long[:]} {
		if _, ok := hashes[algorithm]; ok {
			hashes[algorithm] = hex.EncodeToString(hash)
		}
	}
}

// later is a time of expiry that is a month away, or more, in the form that it had.
func later(expires string, now time.Time) string {
	for len(expires) > 10 && expires[:10] < now.AddDate(0, 1, 0).Format(time.DateOnly) {
		year, err := strconv.Atoi(expires[:4])
		if err != nil {
			return expires
		}
		expires = strings.Replace(fmt.Sprintf("%04d%s", year+1, expires[4:]), "-02-29", "-02-28", 1)
	}
	return expires
}

// styled spells a file in the style of another: its indentation, and what is at its end.
func styled(like []byte, file tuftest.Object) []byte {
	var out bytes.Buffer
	e := json.NewEncoder(&out)
	e.SetEscapeHTML(false)
	if _, rest, ok := strings.Cut(strings.TrimSpace(string(like)), "\n"); ok {
		e.SetIndent("", rest[:len(rest)-len(strings.TrimLeft(rest, " \t"))])
	}
	if err := e.Encode(file); err != nil {
		panic(err) // it was read from JSON
	}
	if !bytes.HasSuffix(like, []byte("\n")) {
		return bytes.TrimSuffix(out.Bytes(), []byte("\n"))
	}
	return out.Bytes()
}

// signature is the copy of a signature: an empty one stays empty, as that of somebody who was
// asked to sign, and one by a key that nobody knows stays what it was.
func (k *keyring) signature(entry tuftest.Object, payload []byte) tuftest.Object {
	out := maps.Clone(entry)
	id, sig := fmt.Sprint(entry["keyid"]), fmt.Sprint(entry["sig"])
	key := k.owners[id]
	if renamed, ok := k.ids[id]; ok {
		out["keyid"] = renamed
	}
	if key == nil || sig == "" {
		return out
	}
	made := key.Sign(payload)
	out["sig"] = hex.EncodeToString(made)
	if _, err := hex.DecodeString(sig); err != nil {
		out["sig"] = base64.StdEncoding.EncodeToString(made)
	}
	return out
}
