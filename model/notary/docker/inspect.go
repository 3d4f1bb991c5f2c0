package docker

import (
	"bytes"
	"cmp"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/fvbommel/sortorder"

	"trustdeck/model"
	"trustdeck/model/notary"
	"trustdeck/model/report"
)

// repoAdmin is what docker calls whoever signs in targets or targets/releases
// alone.
const repoAdmin = "Repo Admin"

// Image is one argument of "docker trust inspect".
type Image struct {
	// Arg is the argument as it was written; docker repeats it.
	Arg string
	// Tag that the argument names; empty for all. Docker ignores the tag of an
	// argument that has a digest.
	Tag string
	// Repository as read from the server; nil where it could not be read, also
	// if there is one in the cache.
	Repository *model.Repository
	// Err is why Arg is no image name; nil where it is one.
	Err error
}

// err is what docker says of an image that it shows nothing of.
func (i Image) err() error {
	switch {
	case i.Err != nil:
		return i.Err
	case i.Repository == nil || notary.Refusal(i.Repository) != nil:
		return fmt.Errorf("no signatures or cannot access %s", i.Arg)
	default:
		return nil
	}
}

// The members of docker's answer, in its order.
type (
	dockerRepository struct {
		Name               string
		SignedTags         []dockerTag
		Signers            []dockerSigner
		AdministrativeKeys []dockerSigner
	}
	dockerTag struct {
		SignedTag string
		Digest    string
		Signers   []string
	}
	dockerSigner struct {
		Name string      `json:",omitempty"`
		Keys []dockerKey `json:",omitempty"`
	}
	dockerKey struct {
		ID string `json:",omitempty"`
	}
)

// Inspect writes what "docker trust inspect" of Docker 28.2.2 writes to standard
// output. The error is what it writes to standard error before it exits with
// code 1. Unprintable characters, which docker writes as they are, become
// escapes; the value of the JSON is the same.
func Inspect(w io.Writer, images []Image) error {
	answers := []dockerRepository{}
	var errs []error
	for _, image := range images {
		if err := image.err(); err != nil {
			errs = append(errs, err)
			continue
		}
		answers = append(answers, dockerInspect(image))
	}
	compact, err := json.Marshal(answers)
	if err != nil {
		return fmt.Errorf("encode answer: %w", err)
	}
	var buf bytes.Buffer
	if err := json.Indent(&buf, compact, "", "    "); err != nil {
		return fmt.Errorf("indent answer: %w", err)
	}
	buf.WriteByte('\n')
	if _, err := w.Write(report.EscapeJSON(buf.Bytes())); err != nil {
		return err
	}
	return errors.Join(errs...)
}

func dockerInspect(image Image) dockerRepository {
	out := dockerRepository{
		Name:       image.Arg,
		SignedTags: dockerTags(image.Repository, image.Tag),
		Signers:    []dockerSigner{},
		// Docker sorts these by name, descending.
		AdministrativeKeys: []dockerSigner{
			{Name: "Root", Keys: dockerKeys(dockerAdminKeys(image.Repository, model.RoleRoot))},
			{Name: "Repository", Keys: dockerKeys(dockerAdminKeys(image.Repository, model.RoleTargets))},
		},
	}
	for i := range out.SignedTags {
		if len(out.SignedTags[i].Signers) == 0 {
			out.SignedTags[i].Signers = []string{repoAdmin}
		}
	}
	signers := dockerSigners(image.Repository)
	for _, name := range slices.Sorted(maps.Keys(signers)) {
		out.Signers = append(out.Signers, dockerSigner{Name: name, Keys: dockerKeys(signers[name])})
	}
	slices.Reverse(out.Signers)
	return out
}

func dockerKeys(ids []string) []dockerKey {
	out := make([]dockerKey, len(ids))
	for i, id := range ids {
		out[i].ID = id
	}
	return out
}

// dockerAdminKeys are IDs as root lists them: of certificates, for root.
func dockerAdminKeys(repo *model.Repository, name model.RoleName) []string {
	return model.Retype[string](repo.Role(name).Listed)
}

// dockerSigners maps the name of every delegation but releases to its canonical
// key IDs, nested ones included.
func dockerSigners(repo *model.Repository) map[string][]string {
	signers := map[string][]string{}
	for _, parent := range dockerWalk(repo, "") {
		for _, child := range dockerChildren(repo, parent) {
			if child.Name != Releases {
				signers[dockerSignerName(child.Name)] = model.Retype[string](child.Keys)
			}
		}
	}
	return signers
}

// dockerTags lists the released tags: those in targets or targets/releases.
// The signers of one are all the other roles that state the same digest.
func dockerTags(repo *model.Repository, tag string) []dockerTag {
	type content struct{ name, digest string }
	signers := map[content][]string{}
	roles := dockerWalk(repo, tag)
	visit := func(see func(model.RoleName, content)) {
		for _, role := range roles {
			for _, t := range role.Targets {
				if tag == "" || t.Name == tag {
					see(role.Name, content{t.Name, hex.EncodeToString(t.Hashes.SHA256)})
				}
			}
		}
	}
	visit(func(role model.RoleName, c content) {
		if role == model.RoleTargets || role == Releases {
			signers[c] = []string{}
		}
	})
	visit(func(role model.RoleName, c content) {
		if _, released := signers[c]; released && role != model.RoleTargets && role != Releases {
			signers[c] = append(signers[c], dockerSignerName(role))
		}
	})
	rows := make([]dockerTag, 0, len(signers))
	for c, names := range signers {
		rows = append(rows, dockerTag{SignedTag: c.name, Digest: c.digest, Signers: names})
	}
	slices.SortFunc(rows, func(a, b dockerTag) int {
		// Docker leaves the order of two digests of one tag to chance.
		return cmp.Or(sortorder.NaturalCompare(a.SignedTag, b.SignedTag), cmp.Compare(a.Digest, b.Digest))
	})
	return rows
}

func dockerSignerName(role model.RoleName) string {
	return strings.TrimPrefix(string(role), "targets/")
}

// dockerWalk returns the targets roles that Notary's client visits, breadth
// first. Where tag is not empty, roles that may not hold it are left out with
// all that is below them; where it is empty, paths do not matter.
func dockerWalk(repo *model.Repository, tag string) []*model.Role {
	var visited []*model.Role
	queue := []*model.Role{repo.Role(model.RoleTargets)}
	for len(queue) > 0 {
		role := queue[0]
		queue = queue[1:]
		if !role.Usable() || tag != "" && !dockerPermits(role, tag) {
			continue
		}
		visited = append(visited, role)
		queue = append(queue, dockerChildren(repo, role)...)
	}
	return visited
}

func dockerPermits(role *model.Role, tag string) bool {
	return role.Name == model.RoleTargets ||
		slices.ContainsFunc(role.Effective, func(prefix string) bool { return strings.HasPrefix(tag, prefix) })
}

// dockerChildren are the delegations of a role in listed order.
func dockerChildren(repo *model.Repository, parent *model.Role) []*model.Role {
	var children []*model.Role
	for i := range repo.Roles {
		if r := &repo.Roles[i]; r.Name.Delegation() && r.Parent() == parent.Name {
			children = append(children, r)
		}
	}
	return children
}
