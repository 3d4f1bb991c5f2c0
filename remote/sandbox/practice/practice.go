package practice

import (
	"crypto"
	"fmt"
	"maps"
	"sync"
	"time"

	"github.com/BurntSushi/toml"

	"trustdeck/model"
	"trustdeck/model/lesson"
	"trustdeck/model/notary"
	"trustdeck/remote/sandbox"
)

// Host is the registry in the names of the practice repositories. Clients reach
// none under this name: a Notary server has repositories by their names only.
const Host = "registry.example.org"

const host = Host + "/"

// Image is a manifest of the practice registry.
type Image struct {
	// Name is the repository without the host.
	Name, Tag string
	Raw       []byte
}

// Key is a private key of the practice world.
type Key struct {
	// Label is the role that the key file states: root, targets, snapshot, or the name of a
	// signer or delegation.
	Label string
	// GUN is empty for root and delegation keys of the trust folder.
	GUN     model.GUN
	Private crypto.Signer
}

// Scenario is a practice world as values.
type Scenario struct {
	Seeds  []sandbox.Seed
	Images []Image
	// Keys are those of the trust folder, OwnKeys those of trustdeck's own key folder.
	Keys, OwnKeys []Key
	// Files belong into the trust folder, by their path with slashes.
	Files map[string][]byte
	// Named are repositories that have no trust data on the server.
	Named []model.GUN
	// Directories are repositories of TUF 1.0, by the name that they are given: what files
	// their folders hold.
	Directories map[model.GUN]map[string][]byte
}

// repositories makes the repositories of the lessons, and what belongs to them.
var repositories = []func(*Scenario, time.Time){
	healthy, expiringSoon, targetsExpired, releasesUnsigned, notInReleases, offBoarding, rotated, twoOfThree,
	nested, tampered, notInitialised, many, ownSnapshot, stagedOnly, neverPublished,
	fleet, feed, catalog, keyring, charter,
}

// Build makes the world as it is at a moment.
func Build(at time.Time) *Scenario {
	at = at.UTC().Truncate(time.Second)
	parts := make([]Scenario, len(repositories))
	var all sync.WaitGroup
	for i, add := range repositories {
		all.Go(func() {
			parts[i].Files, parts[i].Directories = map[string][]byte{}, map[model.GUN]map[string][]byte{}
			add(&parts[i], at)
		})
	}
	all.Wait()
	s := &Scenario{Keys: []Key{{Label: "root", Private: newKey("root").private}}, Files: map[string][]byte{}, Directories: map[model.GUN]map[string][]byte{}}
	for _, p := range parts {
		s.Seeds = append(s.Seeds, p.Seeds...)
		s.Images = append(s.Images, p.Images...)
		s.Keys = append(s.Keys, p.Keys...)
		s.OwnKeys = append(s.OwnKeys, p.OwnKeys...)
		s.Named = append(s.Named, p.Named...)
		maps.Copy(s.Files, p.Files)
		maps.Copy(s.Directories, p.Directories)
	}
	return s
}

// Fill puts the world into a sandbox.
func (s *Scenario) Fill(door *sandbox.Admin) error {
	if err := door.Seed(s.Seeds...); err != nil {
		return err
	}
	for _, i := range s.Images {
		if err := door.Manifest(i.Name, i.Tag, i.Raw); err != nil {
			return err
		}
	}
	return nil
}

// add puts a repository into the world, with the keys of those roles that its
// administrator holds.
func (s *Scenario) add(r *repo, held ...model.RoleName) {
	s.Seeds = append(s.Seeds, r.seed())
	s.Images = append(s.Images, r.images...)
	for _, role := range held {
		k := Key{Label: string(role), GUN: r.gun, Private: r.keys[role][0].private}
		if role.Delegation() {
			k.Label, k.GUN = notary.Base(role), ""
		}
		s.Keys = append(s.Keys, k)
	}
}

// directory puts a repository of TUF 1.0 into the world, with the keys of some holders and
// that of its job.
func (s *Scenario) directory(d *directory, held ...holder) {
	s.Directories[d.gun] = d.files
	for _, h := range append(held, d.robot()) {
		s.OwnKeys = append(s.OwnKeys, Key{Label: string(h.role), GUN: d.gun, Private: h.private})
	}
}

// cache puts metadata into the trust folder, as a client does that has read them.
func (s *Scenario) cache(r *repo, roles ...model.RoleName) {
	for _, role := range roles {
		s.Files["tuf/"+string(r.gun)+"/metadata/"+string(role)+".json"] = r.files[role].Wire()
	}
}

// ReadLessons reads the texts of the lessons, a list of tables in TOML whose keys are
// the fields of lesson.Lesson. They are in the order in which they are best learned.
func ReadLessons(text string) ([]lesson.Lesson, error) {
	var file struct{ Lesson []lesson.Lesson }
	read, err := toml.Decode(text, &file)
	if err != nil {
		return nil, fmt.Errorf("read the lessons: %w", err)
	}
	if unknown := read.Undecoded(); len(unknown) > 0 {
		return nil, fmt.Errorf("read the lessons: there is no key %s", unknown[0])
	}
	for _, l := range file.Lesson {
		for _, s := range l.Steps {
			if err := s.Check(); err != nil {
				return nil, fmt.Errorf("read the lesson %s: %w", l.Slug, err)
			}
		}
	}
	return file.Lesson, nil
}

// staged puts a change into the changelist of a repository, as notary add does.
func (s *Scenario) staged(gun model.GUN, at time.Time, number int, change string) {
	name := fmt.Sprintf("%020d_00000000-0000-4000-8000-%012d.change", at.UnixNano(), number)
	s.Files["tuf/"+string(gun)+"/changelist/"+name] = []byte(change)
}
