package directory

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"maps"
	"path/filepath"
	"slices"
	"strings"

	"trustdeck/internal/disk"
	"trustdeck/model"
	"trustdeck/model/display"
	"trustdeck/model/port"
)

// Publish writes the files of a repository, all or none of them. What a reader needs comes
// first, and timestamp.json last. A folder that isn't there is made. A file that is there
// already with these bytes stays, one of this version or a later one with others is
// FaultStale; a root, which no file lists, and the working files of tuf-on-ci, to which several
// people add signatures, may say the same and be signed by more people. If the process ends
// meanwhile, nothing is written, or the rest by the next Publish, Delete or Finish.
func (f *Folder) Publish(ctx context.Context, gun model.GUN, files map[model.RoleName][]byte) error {
	fresh := map[model.RoleName]*header{}
	for role, raw := range files {
		h, ok := parseHeader(role, raw)
		if !ok || !mayWrite(fileName(encode(role), h.Signed.Version)) {
			return &model.Fault{
				Kind: model.FaultUsage, Subject: f.path, Text: "a file can't be published: it isn't metadata of " + display.Inline(string(role)),
				Hint: "check who made it",
			}
		}
		fresh[role] = h
	}
	if err := canceled(ctx); err != nil {
		return err
	}
	if err := f.makeFolder(gun); err != nil {
		return err
	}
	return f.change(ctx, gun, func(w *writer) ([]disk.Edit, error) {
		p, err := w.begin(files, fresh)
		if err != nil {
			return nil, err
		}
		return p.edits()
	})
}

// makeFolder makes the folder of the repository where it is not there.
func (f *Folder) makeFolder(gun model.GUN) error {
	if gun != f.gun {
		return otherRepository(f.path, gun)
	}
	if err := disk.MakeFolder(f.path, folderMode); err != nil && !errors.Is(err, fs.ErrExist) {
		return unwritable(f.path, err)
	}
	return nil
}

// A publication is what is to be written.
type publication struct {
	*writer
	files map[model.RoleName][]byte
	fresh map[model.RoleName]*header
	// root is the newest that is there, rootBytes the file, and rootVersion what it states; nil
	// and 0 where there is none.
	root        *header
	rootBytes   []byte
	rootVersion int64
	// working tells that the folder has the working files of tuf-on-ci, and consistent that
	// other files have their version in their name.
	working, consistent bool
}

// begin finds out how the files are called in the folder.
func (w *writer) begin(files map[model.RoleName][]byte, fresh map[model.RoleName]*header) (*publication, error) {
	p := &publication{writer: w, files: files, fresh: fresh}
	ref := port.Ref{Role: model.RoleRoot, Limit: maxListed}
	file, err := w.newestRoot(ref)
	switch {
	case model.KindOf(err) == model.FaultNotFound:
	case err != nil:
		return nil, err
	default:
		var ok bool
		if p.root, ok = parseHeader(model.RoleRoot, file.Bytes); !ok {
			return nil, notMetadata(ref.Role, w.base.path)
		}
		p.rootBytes = file.Bytes
		p.rootVersion, p.consistent = p.root.Signed.Version, p.root.Signed.Consistent
	}
	if next := fresh[model.RoleRoot]; next != nil {
		p.consistent = next.Signed.Consistent
	}
	p.working = len(w.history) > 0 && w.newest[model.RoleTargets].version == 0 && w.newest[model.RoleSnapshot].version == 0
	return p, nil
}

// edits are what makes the folder hold the files, in the order in which readers need it: they begin
// with the root and the timestamp, and go on to what those list. The root comes late, so that hardly
// anybody meets it beside the timestamp of before, whose key it may replace; and last where it does
// and nobody need meet them, because the former keys have signed what is new as well.
func (p *publication) edits() ([]disk.Edit, error) {
	edits, err := p.renamed()
	if err != nil {
		return nil, err
	}
	roles, err := p.order()
	if err != nil {
		return nil, err
	}
	for _, role := range roles {
		if err := p.follows(role); err != nil {
			return nil, err
		}
		for _, name := range p.namesOf(role, p.fresh[role].Signed.Version) {
			edit, err := p.edit(role, name, p.files[role])
			if err != nil {
				return nil, err
			}
			if edit != nil {
				edits = append(edits, *edit)
			}
		}
	}
	return edits, p.apart(edits)
}

// order sorts roles: delegations, then those that list them.
func order(roles iter.Seq[model.RoleName]) []model.RoleName {
	last := []model.RoleName{model.RoleTargets, model.RoleSnapshot, model.RoleRoot, model.RoleTimestamp}
	return slices.SortedFunc(roles, func(a, b model.RoleName) int {
		if d := slices.Index(last, a) - slices.Index(last, b); d != 0 {
			return d
		}
		return strings.Compare(string(a), string(b))
	})
}

// namesOf are the files of a version of a role, in the order in which they are written.
func (p *publication) namesOf(role model.RoleName, version int64) []string {
	spelling := p.spelling(role)
	plain, numbered := fileName(spelling, 0), fileName(spelling, version)
	switch {
	case role == model.RoleTimestamp:
		return []string{plain}
	case role == model.RoleRoot && p.working:
		if p.keepsRoots() {
			numbered = historyDir + "/" + numbered
		}
		return []string{numbered, plain}
	case role != model.RoleRoot && (p.working || !p.consistent):
		return []string{plain}
	case p.names[plain]: // it is kept beside, and must not stay behind
		return []string{numbered, plain}
	default:
		return []string{numbered}
	}
}

// spelling is how the name of a role is encoded in the folder: as in the newest of its
// files, else so that web servers find it.
func (p *publication) spelling(role model.RoleName) string {
	if newest, ok := p.newest[role]; ok {
		return newest.spelling
	}
	for _, spelling := range spellings(role) {
		if p.names[fileName(spelling, 0)] {
			return spelling
		}
	}
	return served(role)
}

// edit has a file hold what a role says; nil where it does.
func (p *publication) edit(role model.RoleName, name string, raw []byte) (*disk.Edit, error) {
	there, err := p.look(name)
	if err != nil {
		return nil, err
	}
	if there == nil {
		return &disk.Edit{Name: name, Content: raw, Mode: fileMode}, nil
	}
	if bytes.Equal(there.raw, raw) {
		return nil, nil
	}
	at := filepath.Join(p.base.path, filepath.FromSlash(name))
	before, ok := parseHeader(role, there.raw)
	if !ok {
		return nil, notMetadata(role, at)
	}
	_, _, numbered := parseName(name)
	fixed := numbered || strings.HasPrefix(name, historyDir+"/")
	version := p.versionOf(role, raw)
	more := (p.working || role == model.RoleRoot) && before.Signed.Version == version && signsMore(role, raw, there.raw)
	if !more && (fixed || before.Signed.Version >= version) {
		return nil, stale(at, role, before.Signed.Version)
	}
	return &disk.Edit{Name: name, Was: disk.Sum(there.raw), Content: raw, Mode: there.mode}, nil
}

// versionOf is the version that a file states which is written.
func (p *publication) versionOf(role model.RoleName, raw []byte) int64 {
	if h := p.fresh[role]; h != nil {
		return h.Signed.Version
	}
	version, _ := stated(raw)
	return version
}

// follows checks that a later version of a role isn't there, and that no root is missing
// between.
func (p *publication) follows(role model.RoleName) error {
	version := p.fresh[role].Signed.Version
	newest := p.newest[role].version
	if role == model.RoleTimestamp {
		newest = 0 // its name has no version
	}
	if role == model.RoleRoot {
		newest = p.rootVersion
		if newest > 0 && version > newest+1 {
			return &model.Fault{
				Kind: model.FaultStale, Subject: display.Quote(p.base.path), Text: fmt.Sprintf("root %d doesn't follow root %d, which is there", version, newest),
				Hint: "check what changed, and start again",
			}
		}
	}
	if newest <= version {
		return nil
	}
	if there, err := p.look(p.namesOf(role, version)[0]); err != nil || there != nil && bytes.Equal(there.raw, p.files[role]) {
		return err
	}
	return stale(p.base.path, role, newest)
}

// stale says that somebody else has published.
func stale(path string, role model.RoleName, version int64) *model.Fault {
	return &model.Fault{
		Kind: model.FaultStale, Subject: display.Quote(path), Text: fmt.Sprintf("version %d of %s is there already, with other content", version, display.Inline(string(role))),
		Hint: "check what changed, and start again",
	}
}

// notMetadata refuses to replace what somebody else has put into the folder.
func notMetadata(role model.RoleName, path string) *model.Fault {
	return &model.Fault{
		Kind: model.FaultLocal, Subject: display.Quote(path), Text: "it isn't metadata of " + display.Inline(string(role)) + ", and was left as it is",
		Hint: "move it elsewhere, or restore it from where it was published",
	}
}

// apart checks that the disk tells the names of the files apart.
func (p *publication) apart(edits []disk.Edit) error {
	seen := map[string]string{}
	for _, e := range edits {
		folded := strings.ToLower(e.Name)
		other, twice := seen[folded]
		seen[folded] = e.Name
		if !twice {
			continue
		}
		if _, err := p.base.root.Lstat(strings.ToUpper(lockName)); err == nil {
			return &model.Fault{
				Kind: model.FaultLocal, Subject: display.Quote(p.base.path), Text: "this disk doesn't tell " + display.Quote(other) + " and " + display.Quote(e.Name) + " apart",
				Hint: "keep the repository on a disk that tells upper and lower case apart",
			}
		}
	}
	return nil
}

// renamed has the files that are not published get the names of a root that turns consistent
// snapshots on or off.
func (p *publication) renamed() ([]disk.Edit, error) {
	if p.root == nil || p.working || p.root.Signed.Consistent == p.consistent {
		return nil, nil
	}
	listed, err := p.listed()
	if err != nil {
		return nil, err
	}
	var out []disk.Edit
	for _, role := range slices.Sorted(maps.Keys(listed)) {
		if p.files[role] != nil || role == model.RoleRoot || role == model.RoleTimestamp {
			continue
		}
		file, err := p.version(port.Ref{Role: role, Version: listed[role], Limit: maxListed})
		if model.KindOf(err) == model.FaultNotFound {
			continue // it was missing before
		}
		if err != nil {
			return nil, err
		}
		edit, err := p.edit(role, p.namesOf(role, listed[role])[0], file.Bytes)
		if err != nil && model.KindOf(err) != model.FaultStale {
			return nil, err
		}
		if edit != nil {
			out = append(out, *edit)
		}
	}
	return out, nil
}

// listed are the versions that timestamp and snapshot list once all is published.
func (p *publication) listed() (map[model.RoleName]int64, error) {
	out := map[model.RoleName]int64{}
	for _, role := range []model.RoleName{model.RoleTimestamp, model.RoleSnapshot} {
		h := p.fresh[role]
		if h == nil {
			file, err := p.find(port.Ref{Role: role, Version: out[role], Limit: maxListed})
			if err != nil && model.KindOf(err) != model.FaultNotFound {
				return nil, err
			}
			h, _ = parseHeader(role, file.Bytes)
		}
		if h != nil {
			maps.Copy(out, h.listed())
		}
	}
	return out, nil
}

// noServer says that nobody signs for the owners of a folder.
func (f *Folder) noServer() *model.Fault {
	return &model.Fault{
		Kind: model.FaultUsage, Subject: display.Quote(f.path), Text: "a folder has no server that could hold a key",
		Hint: "use a key of your own",
	}
}

// SignsSnapshot does not know: nothing in the folder signs, but a program may that works
// with it.
func (f *Folder) SignsSnapshot(context.Context, model.GUN, []byte) (signs, known bool, err error) {
	return false, false, nil
}

// ServerKey is FaultUsage: a folder has no server.
func (f *Folder) ServerKey(context.Context, model.GUN, model.RoleName) (model.PublicKey, error) {
	return model.PublicKey{}, f.noServer()
}

// NewServerKey is FaultUsage: a folder has no server.
func (f *Folder) NewServerKey(context.Context, model.GUN, model.RoleName) (model.PublicKey, error) {
	return model.PublicKey{}, f.noServer()
}
