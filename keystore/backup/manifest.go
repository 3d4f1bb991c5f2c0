package backup

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"time"

	"trustdeck/model"
	"trustdeck/model/admin/backup"
	"trustdeck/model/dialect"
	"trustdeck/model/display"
)

const (
	// manifestName is the first entry of every archive.
	manifestName = "trustdeck-backup.json"
	// family begins the name of every form of the manifest; form is the one that is
	// written and read here.
	family = "trustdeck-backup/"
	form   = family + "v1"
)

// manifest is the JSON of the first entry.
type manifest struct {
	Format       string          `json:"format"`
	Created      time.Time       `json:"created"`
	Trustdeck    string          `json:"trustdeck"`
	Keys         []manifestKey   `json:"keys"`
	Repositories []string        `json:"repositories"`
	Pins         manifestPins    `json:"pins"`
	Files        []manifestEntry `json:"files"`
}

type manifestKey struct {
	ID          string `json:"id"`
	Role        string `json:"role"`
	Repository  string `json:"repository,omitempty"`
	Fingerprint string `json:"fingerprint,omitempty"`
	Encrypted   bool   `json:"encrypted"`
	File        string `json:"file"`
}

type manifestPins struct {
	Certificates map[string][]string `json:"certificates,omitempty"`
	Authorities  map[string]string   `json:"authorities,omitempty"`
	NoFirstUse   bool                `json:"noFirstUse,omitempty"`
}

type manifestEntry struct {
	Path   string `json:"path"`
	Size   int64  `json:"size"`
	SHA256 string `json:"sha256"`
}

// encodeManifest makes the manifest of a backup.
func encodeManifest(b *backup.Content) ([]byte, error) {
	m := manifest{
		Format: form, Created: b.Created, Trustdeck: b.Version,
		Keys: []manifestKey{}, Repositories: []string{}, Files: []manifestEntry{}, Pins: encodePins(b.Pins),
	}
	for _, k := range b.Keys {
		m.Keys = append(m.Keys, manifestKey{string(k.ID), k.Label, string(k.GUN), k.Fingerprint, k.Encrypted, k.Path})
	}
	m.Repositories = append(m.Repositories, model.Retype[string](b.Repositories)...)
	for _, f := range b.Files {
		sum := sha256.Sum256(f.Bytes)
		m.Files = append(m.Files, manifestEntry{f.Path, int64(len(f.Bytes)), hex.EncodeToString(sum[:])})
	}
	text, err := json.MarshalIndent(m, "", "  ")
	return append(text, '\n'), err
}

func encodePins(p dialect.Pins) manifestPins {
	out := manifestPins{NoFirstUse: p.NoFirstUse}
	for pattern, ids := range p.Certs {
		if out.Certificates == nil {
			out.Certificates = map[string][]string{}
		}
		for _, id := range ids {
			out.Certificates[pattern] = append(out.Certificates[pattern], string(id))
		}
	}
	for prefix, pem := range p.CAs {
		if out.Authorities == nil {
			out.Authorities = map[string]string{}
		}
		out.Authorities[prefix] = string(pem)
	}
	return out
}

// decodeManifest reads a manifest from anywhere. Its error is a flaw.
func decodeManifest(text []byte) (*manifest, error) {
	var m manifest
	d := json.NewDecoder(bytes.NewReader(text))
	err := d.Decode(&m)
	if strings.HasPrefix(m.Format, family) && m.Format != form {
		return nil, flawf(Newer, "is a backup in format %s, but this trustdeck reads %s", printable(m.Format), form)
	}
	if err == nil {
		if _, more := d.Token(); more != io.EOF {
			err = fmt.Errorf("there is data after its end")
		}
	}
	if err != nil || m.Format != form {
		return nil, flawf(Mismatch, "has a manifest that cannot be read")
	}
	return &m, m.check()
}

// check refuses a manifest that trustdeck would not write.
func (m *manifest) check() error {
	if m.Created.IsZero() || !display.Shown(m.Trustdeck) {
		return flawf(Mismatch, "has a manifest that lacks the date or the program that made it")
	}
	if len(m.Files) > maxEntries {
		return flawf(TooBig, "lists %d files; at most %d are read", len(m.Files), maxEntries)
	}
	names := newNames()
	listed := map[string]bool{}
	var total int64
	for _, f := range m.Files {
		if err := names.add(f.Path); err != nil {
			return err
		}
		listed[f.Path] = true
		if f.Size < 0 || f.Size > limitOf(f.Path) {
			return flawf(TooBig, "lists %s with %d bytes; at most %d are read", printable(f.Path), f.Size, limitOf(f.Path))
		}
		if total += f.Size; total > maxTotal {
			return flawf(TooBig, "lists more than %d MiB, the most that is read", maxTotal>>20)
		}
		if !isDigest(f.SHA256) {
			return flawf(Mismatch, "has a manifest that states no SHA-256 of %s", printable(f.Path))
		}
	}
	for _, k := range m.Keys {
		if err := k.check(listed); err != nil {
			return err
		}
	}
	for _, gun := range m.Repositories {
		if _, err := model.ParseGUN(gun); err != nil {
			return flawf(Mismatch, "has a manifest with an invalid repository name: %s", printable(gun))
		}
	}
	return nil
}

// check refuses what cannot be said of a key.
func (k *manifestKey) check(listed map[string]bool) error {
	if _, err := model.ParseKeyID(k.ID); err != nil {
		return flawf(Mismatch, "has a manifest with an invalid key ID: %s", printable(k.ID))
	}
	_, err := model.ParseGUN(k.Repository)
	switch {
	case !listed[k.File] || !isKey(k.File):
		return flawf(Mismatch, "has a manifest that lists the key %s without a file", model.KeyID(k.ID).Short())
	case k.Repository != "" && err != nil, !display.Shown(k.Role), k.Fingerprint != "" && !isDigest(k.Fingerprint):
		return flawf(Mismatch, "has a manifest with invalid details of the key %s", model.KeyID(k.ID).Short())
	default:
		return nil
	}
}

// backup is what the manifest says, without the files.
func (m *manifest) backup() backup.Content {
	b := backup.Content{Created: m.Created.UTC(), Version: m.Trustdeck, Pins: dialect.Pins{NoFirstUse: m.Pins.NoFirstUse}}
	for _, k := range m.Keys {
		b.Keys = append(b.Keys, backup.Key{
			ID: model.KeyID(k.ID), Label: k.Role, GUN: model.GUN(k.Repository),
			Fingerprint: k.Fingerprint, Encrypted: k.Encrypted, Path: k.File,
		})
	}
	b.Repositories = append(b.Repositories, model.Retype[model.GUN](m.Repositories)...)
	for pattern, ids := range m.Pins.Certificates {
		if b.Pins.Certs == nil {
			b.Pins.Certs = map[string][]model.KeyID{}
		}
		for _, id := range ids {
			b.Pins.Certs[pattern] = append(b.Pins.Certs[pattern], model.KeyID(id))
		}
	}
	for prefix, pem := range m.Pins.Authorities {
		if b.Pins.CAs == nil {
			b.Pins.CAs = map[string][]byte{}
		}
		b.Pins.CAs[prefix] = []byte(pem)
	}
	return b
}

// isDigest reports whether text is a SHA-256 in lower-case hexadecimal.
func isDigest(text string) bool {
	_, err := model.ParseKeyID(text)
	return err == nil
}
