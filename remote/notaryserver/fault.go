package notaryserver

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"

	"trustdeck/model"
	"trustdeck/model/port"
	"trustdeck/remote/transport"
)

// maxErrorBody is more than an answer without content takes.
const maxErrorBody = 64 << 10

// statusFault names an answer that is neither 200 nor 401.
func statusFault(asked transport.Request, got transport.Answer, r request) *model.Fault {
	e := transport.ParseRefusal(got.Body)
	f := &model.Fault{Subject: asked.URL.Host + asked.URL.Path}
	switch code := got.Status; {
	case r.method == http.MethodPost && e.Code == "VERSION":
		f.Kind = model.FaultStale
		f.Text = "someone else has published in the meantime" + e.Said()
		f.Hint = "check what changed, and plan again"
	case r.method == http.MethodPost && code == http.StatusBadRequest && e.Code != "":
		f.Kind = model.FaultRefused
		f.Text = "the server refuses the upload and has stored none of it" + e.Said()
		f.Hint = refusalHint(e)
		if lacksSnapshotKey(e) {
			f.Err = port.ErrNoSnapshotKey
		}
	case r.method == http.MethodPost && code == http.StatusNotFound:
		f.Kind = model.FaultServer
		f.Text = "the server takes no uploads at this address (404)" + e.Said()
		f.Hint = "check the server's URL; it may be a read-only copy"
	case code == http.StatusRequestEntityTooLarge:
		f.Kind = model.FaultServer
		f.Text = fmt.Sprintf("the upload of %d bytes is too large for the server (413)", len(r.body)) + e.Said()
		f.Hint = "ask its operator, or the operator of a proxy in front of it, to raise the limit"
	case code == http.StatusNotFound:
		f.Kind = model.FaultNotFound
		f.Text = "the server does not have it" + e.Said()
		f.Hint = "check the spelling of the repository, and that this is the right server"
	default:
		return transport.StatusFault(asked, got, r.right())
	}
	return f
}

// refusalName is the server's name for the kind of refusal; empty where it has none.
func refusalName(e transport.Refusal) string {
	var detail struct{ Name string }
	if json.Unmarshal(e.Detail, &detail) != nil {
		return ""
	}
	return detail.Name
}

// lacksSnapshotKey reports whether the server refuses an upload because neither it nor
// the upload has a snapshot: itself, or in the words of its signer.
func lacksSnapshotKey(e transport.Refusal) bool {
	return refusalName(e) == "ErrBadHierarchy" || strings.Contains(e.Said(), "desc = key ")
}

// refusalHint says what to do about an upload that was refused.
func refusalHint(e transport.Refusal) string {
	switch {
	case lacksSnapshotKey(e):
		return "the snapshot key is neither on the server nor on this machine; bring it to this machine, or rotate it to the server with the root key"
	case refusalName(e) == "ErrBadRoot":
		return "the server refuses the root; check its keys and expiry"
	default:
		return "read the repository again and check its contents; the server's message names the file"
	}
}

// The actions of a token's scope.
const (
	actionPull  = "pull"
	actionWrite = "push,pull"
	actionAll   = "*"
)

// scopeFor is the scope that doing something with a repository takes.
func scopeFor(gun model.GUN, actions string) string {
	if gun == "" {
		return "registry:catalog:*"
	}
	return "repository:" + string(gun) + ":" + actions
}

// right is what a request needs, for people.
func (r request) right() string {
	switch r.actions {
	case actionPull:
		return "read"
	case actionAll:
		return "administer"
	default:
		return "publish"
	}
}
