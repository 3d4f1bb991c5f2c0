package peer

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"testing"

	"trustdeck/model"
	"trustdeck/model/notary"
	"trustdeck/model/notary/notarytest"
)

// Publish sends a repository that was authored in memory to a server that knows
// nothing of it yet. Its snapshot and timestamp keys become those that the
// server holds for it; root, targets and delegations are signed as version 1
// and uploaded in one request.
func Publish(tb testing.TB, server *Server, client *http.Client, r *notarytest.Repo) {
	tb.Helper()
	if err := UseServerKeys(server, client, r, model.RoleSnapshot, model.RoleTimestamp); err != nil {
		tb.Fatalf("peer: %v", err)
	}
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	for role, f := range r.Files {
		if role == model.RoleSnapshot || role == model.RoleTimestamp {
			continue
		}
		if f.Version = 1; f.Expires.IsZero() { // it was never sealed
			f.Expires = r.Now.UTC().Add(notary.Lifetime(role))
		}
		notarytest.SignFile(f, r.Keys[role]...)
		part, err := form.CreateFormFile("files", string(role))
		if err == nil {
			_, err = part.Write(f.Wire())
		}
		if err != nil {
			tb.Fatalf("peer: %v", err)
		}
	}
	if err := form.Close(); err != nil {
		tb.Fatalf("peer: %v", err)
	}
	if _, err := exchange(client, http.MethodPost, metadataURL(server, r.GUN), form.FormDataContentType(), &body); err != nil {
		tb.Fatalf("peer: %v", err)
	}
}

// UseServerKeys makes the keys that the server holds for the roles those of a
// repository that was authored in memory.
func UseServerKeys(server *Server, client *http.Client, r *notarytest.Repo, roles ...model.RoleName) error {
	return takeServerKeys(http.MethodGet, server, client, r, roles)
}

// RotateServerKeys is UseServerKeys with keys that the server makes for it.
func RotateServerKeys(server *Server, client *http.Client, r *notarytest.Repo, roles ...model.RoleName) error {
	return takeServerKeys(http.MethodPost, server, client, r, roles)
}

func takeServerKeys(method string, server *Server, client *http.Client, r *notarytest.Repo, roles []model.RoleName) error {
	for _, role := range roles {
		key, err := serverKey(method, server, client, r.GUN, role)
		if err != nil {
			return err
		}
		r.Keys[role] = []notarytest.Key{{PublicKey: key}}
	}
	r.Files[model.RoleRoot].Keys = nil
	r.NameKeys()
	return nil
}

func metadataURL(server *Server, gun model.GUN) string {
	return server.URL + "/v2/" + string(gun) + "/_trust/tuf/"
}

// serverKey asks for a key that the server holds, which may make one.
func serverKey(method string, server *Server, client *http.Client, gun model.GUN, role model.RoleName) (notary.PublicKey, error) {
	raw, err := exchange(client, method, metadataURL(server, gun)+string(role)+".key", "", nil)
	if err != nil {
		return notary.PublicKey{}, err
	}
	var body struct {
		Keytype model.KeyType
		Keyval  struct{ Public []byte }
	}
	if err := json.Unmarshal(raw, &body); err != nil {
		return notary.PublicKey{}, err
	}
	id := notary.KeyID(body.Keytype, body.Keyval.Public)
	return notary.PublicKey{ID: id, Type: body.Keytype, Public: body.Keyval.Public}, nil
}

func exchange(client *http.Client, method, url, kind string, body io.Reader) ([]byte, error) {
	req, err := http.NewRequest(method, url, body)
	if err != nil {
		return nil, err
	}
	req.Header.Set("Content-Type", kind)
	resp, err := client.Do(req)
	if err != nil {
		return nil, err
	}
	defer func() { _ = resp.Body.Close() }()
	raw, err := io.ReadAll(resp.Body)
	if err == nil && resp.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s %s: %s: %s", method, url, resp.Status, raw)
	}
	return raw, err
}
