package sandbox

import (
	"context"
	"crypto"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"sync"
	"time"

	"trustdeck/model"
)

// Admin puts states into a world that no client could publish. It checks nothing.
type Admin struct{ world *World }

// Publish is a set of files that were published together.
type Publish struct {
	// At is when; it is the Last-Modified of the files.
	At time.Time
	// Files are the wire forms.
	Files map[model.RoleName][]byte
}

// Seed is a repository as it shall be.
type Seed struct {
	GUN model.GUN
	// Publishes are put in one after the other. Each that has a timestamp is
	// an entry of the changefeed.
	Publishes []Publish
	// Keys are those that the server holds, by role: the timestamp key, and the
	// snapshot key where the server holds it.
	Keys map[model.RoleName]crypto.Signer
}

// Seed puts repositories in as they are, all together, on top of what is there.
func (d *Admin) Seed(seeds ...Seed) error {
	s := d.world.store
	s.Lock()
	defer s.Unlock()
	var records []record
	var keys []*serverKey
	for _, seed := range seeds {
		for role, private := range seed.Keys {
			k, err := newServerKey(seed.GUN, role, private)
			if err != nil {
				return err
			}
			r, err := keyRecord(k)
			if err != nil {
				return err
			}
			keys, records = append(keys, k), append(records, r)
		}
		for _, p := range seed.Publishes {
			records = append(records, record{Kind: recordPublish, Time: p.At, GUN: seed.GUN, Files: p.Files})
		}
	}
	if err := s.journal.add(records...); err != nil {
		return err
	}
	for _, k := range keys {
		s.applyKey(k)
	}
	type dated struct {
		gun model.GUN
		Publish
		versions map[model.RoleName]version
	}
	var all []*dated
	var parsing sync.WaitGroup
	for _, seed := range seeds {
		for _, p := range seed.Publishes {
			d := &dated{gun: seed.GUN, Publish: p}
			all = append(all, d)
			parsing.Go(func() { d.versions = newVersions(d.At, d.Files) })
		}
	}
	parsing.Wait()
	slices.SortStableFunc(all, func(a, b *dated) int { return a.At.Compare(b.At) })
	for _, p := range all {
		s.apply(p.gun, p.At, p.versions)
	}
	return nil
}

// Manifest puts a manifest into the registry under a tag. name is the repository
// without the host.
func (d *Admin) Manifest(name, tag string, raw []byte) error {
	var head struct {
		MediaType string `json:"mediaType"`
	}
	if err := json.Unmarshal(raw, &head); err != nil {
		return fmt.Errorf("put the manifest of %s:%s: %w", name, tag, err)
	}
	m := image{Path: "/v2/" + name + "/manifests/" + tag, MediaType: head.MediaType, Raw: raw}
	answer, err := d.world.images.put(context.Background(), m, true)
	if err == nil && answer.status != http.StatusCreated {
		err = fmt.Errorf("put the manifest of %s:%s: the registry answers %d: %s", name, tag, answer.status, &answer.body)
	}
	return err
}
