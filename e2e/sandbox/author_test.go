package sandbox

import (
	"bytes"
	"io"
	"mime/multipart"
	"net/http"
	"slices"
	"strings"
	"time"

	"trustdeck/e2e/peer"
	"trustdeck/model"
	"trustdeck/model/notary"
	"trustdeck/model/notary/notarytest"
)

// files are what one upload holds.
type files = map[model.RoleName][]byte

// A writer authors a repository in memory, whose files are sent as they are.
type writer struct {
	server *peer.Server
	http   *http.Client
	gun    model.GUN
	repo   *notarytest.Repo
}

// prepare begins a repository and publishes nothing of it. The server's keys are
// those of the roles that are named.
func (w *writer) prepare(held ...model.RoleName) error {
	w.repo = notarytest.New(w.gun, time.Now())
	for _, f := range w.repo.Files {
		f.Version = 0
	}
	return peer.UseServerKeys(w.server, w.http, w.repo, held...)
}

// next signs a new version of a role with its keys and returns its wire form.
func (w *writer) next(role model.RoleName, change func(*notary.File)) []byte {
	f := w.repo.Files[role]
	f.Version++
	f.Expires = time.Now().UTC().Add(notary.Lifetime(role))
	if change != nil {
		change(f)
	}
	notarytest.SignFile(f, w.repo.Keys[role]...)
	return f.Wire()
}

// nextSnapshot signs a new snapshot of the files as they are.
func (w *writer) nextSnapshot(change func(*notary.File)) []byte {
	return w.next(model.RoleSnapshot, func(f *notary.File) {
		f.Meta = nil
		for role, listed := range w.repo.Files {
			if (role == model.RoleRoot || role.HoldsTargets()) && listed.Version > 0 {
				f.Meta = append(f.Meta, notary.Entry(role, listed.Wire()))
			}
		}
		slices.SortFunc(f.Meta, func(a, b model.MetaEntry) int { return strings.Compare(string(a.Role), string(b.Role)) })
		if change != nil {
			change(f)
		}
	})
}

// nextRoot names keys for a role, and signs a new root with the keys of signers,
// or with those that the root itself names.
func (w *writer) nextRoot(role model.RoleName, keys []notarytest.Key, signers ...notarytest.Key) []byte {
	w.repo.Keys[role] = keys
	w.repo.Files[model.RoleRoot].Keys = nil
	w.repo.NameKeys()
	wire := w.next(model.RoleRoot, nil)
	if signers != nil {
		notarytest.SignFile(w.repo.Files[model.RoleRoot], signers...)
		wire = w.repo.Files[model.RoleRoot].Wire()
	}
	return wire
}

// certified makes a root key.
func (w *writer) certified() notarytest.Key {
	return notarytest.Certified(notarytest.NewKey(), string(w.gun), time.Now().Add(-time.Hour), time.Now().AddDate(10, 0, 0))
}

// threshold says in the root how many keys of a role must sign.
func (w *writer) threshold(n int64, role model.RoleName) {
	for i, spec := range w.repo.Files[model.RoleRoot].Roles {
		if spec.Name == role {
			w.repo.Files[model.RoleRoot].Roles[i].Threshold = n
		}
	}
}

// begin is prepare in a row of the table.
func (p *play) begin(held ...model.RoleName) {
	p.t.Helper()
	if err := p.prepare(held...); err != nil {
		p.t.Fatal(err)
	}
}

// author begins a repository and publishes it as version 1; the server has its
// snapshot and timestamp keys.
func (p *play) author() {
	p.t.Helper()
	p.begin(model.RoleSnapshot, model.RoleTimestamp)
	p.upload(files{model.RoleRoot: p.next(model.RoleRoot, nil), model.RoleTargets: p.next(model.RoleTargets, nil)})
}

// authorWhole is author for a repository whose snapshot is signed here.
func (p *play) authorWhole() {
	p.t.Helper()
	p.begin(model.RoleTimestamp)
	p.upload(files{
		model.RoleRoot: p.next(model.RoleRoot, nil), model.RoleTargets: p.next(model.RoleTargets, nil),
		model.RoleSnapshot: p.nextSnapshot(nil),
	})
}

// upload publishes files as they are.
func (p *play) upload(set files) {
	p.t.Helper()
	body, contentType := form(set)
	p.ask(http.MethodPost, "tuf/", contentType, body)
}

func form(set files) (io.Reader, string) {
	var body bytes.Buffer
	w := multipart.NewWriter(&body)
	for role, raw := range set {
		part, _ := w.CreateFormFile("files", string(role)) // a buffer takes everything
		_, _ = part.Write(raw)
	}
	_ = w.Close()
	return &body, w.FormDataContentType()
}

// uploadParts publishes parts with headers of their own: each is a
// Content-Disposition and a body.
func (p *play) uploadParts(parts ...[2]string) {
	p.t.Helper()
	var body strings.Builder
	for _, part := range parts {
		body.WriteString("--B\r\nContent-Disposition: " + part[0] + "\r\n\r\n" + part[1] + "\r\n")
	}
	p.ask(http.MethodPost, "tuf/", "multipart/form-data; boundary=B", strings.NewReader(body.String()+"--B--\r\n"))
}
