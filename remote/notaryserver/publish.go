package notaryserver

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"mime/multipart"
	"net/http"
	"net/textproto"
	"slices"

	"trustdeck/model"
	"trustdeck/model/notary"
	"trustdeck/model/port"
)

var _ port.Publisher = (*Client)(nil)

// maxKeyAnswer is more than a public key takes.
const maxKeyAnswer = 64 << 10

// Publish sends the files of a repository in one request; the server stores all
// of them or none (notary-v1, 5.1). FaultStale says that somebody else was
// quicker, FaultRefused that the server found something wrong. After any other
// fault it is not known whether they were stored.
func (c *Client) Publish(ctx context.Context, gun model.GUN, files map[model.RoleName][]byte) error {
	body, contentType, err := upload(files)
	if err != nil {
		return err
	}
	_, err = c.ask(ctx, request{
		method: http.MethodPost, gun: gun, path: "/v2/" + string(gun) + "/_trust/tuf/",
		contentType: contentType, body: body, actions: actionWrite, limit: maxErrorBody,
	})
	return err
}

// SignsSnapshot finds out whether the server signs the snapshot. It looks for the key
// before it looks at versions (notary-v1, 5.2), and stores all of an upload or nothing.
func (c *Client) SignsSnapshot(ctx context.Context, gun model.GUN, targets []byte) (signs, known bool, err error) {
	err = c.Publish(ctx, gun, map[model.RoleName][]byte{model.RoleTargets: targets})
	switch {
	case errors.Is(err, port.ErrNoSnapshotKey):
		return false, true, nil
	case model.KindOf(err) == model.FaultStale:
		return true, true, nil
	case err == nil, model.KindOf(err) == model.FaultRefused:
		return false, false, nil
	default:
		return false, false, err
	}
}

// upload packs files in the order of their names.
func upload(files map[model.RoleName][]byte) (body []byte, contentType string, err error) {
	var out bytes.Buffer
	w := multipart.NewWriter(&out)
	for _, role := range slices.Sorted(maps.Keys(files)) {
		header := textproto.MIMEHeader{}
		header.Set("Content-Disposition", fmt.Sprintf(`form-data; name="files"; filename=%q`, role))
		header.Set("Content-Type", "application/octet-stream")
		part, err := w.CreatePart(header)
		if err == nil {
			_, err = part.Write(files[role])
		}
		if err != nil {
			return nil, "", fmt.Errorf("pack %s: %w", role, err)
		}
	}
	if err := w.Close(); err != nil {
		return nil, "", fmt.Errorf("pack the upload: %w", err)
	}
	return out.Bytes(), w.FormDataContentType(), nil
}

// ServerKey asks for the key with which the server signs a role. The server makes
// one where it has none for the repository.
func (c *Client) ServerKey(ctx context.Context, gun model.GUN, role model.RoleName) (model.PublicKey, error) {
	return c.serverKey(ctx, gun, role, http.MethodGet, actionWrite)
}

// NewServerKey has the server make another key for a role that it signs. A server
// whose signer keeps keys in a database may return one that it has made before and
// that was never used. It takes the right to administer the repository.
func (c *Client) NewServerKey(ctx context.Context, gun model.GUN, role model.RoleName) (model.PublicKey, error) {
	return c.serverKey(ctx, gun, role, http.MethodPost, actionAll)
}

func (c *Client) serverKey(ctx context.Context, gun model.GUN, role model.RoleName, method, actions string) (model.PublicKey, error) {
	path := "/v2/" + string(gun) + "/_trust/tuf/" + string(role) + ".key"
	got, err := c.ask(ctx, request{method: method, gun: gun, path: path, actions: actions, limit: maxKeyAnswer, once: true})
	if err != nil {
		return model.PublicKey{}, err
	}
	var key struct {
		Type  model.KeyType `json:"keytype"`
		Value struct {
			Public []byte `json:"public"`
		} `json:"keyval"`
	}
	if err := json.Unmarshal(got.body, &key); err != nil || len(key.Value.Public) == 0 {
		return model.PublicKey{}, &model.Fault{
			Kind: model.FaultBadData, Subject: c.base.Host + path, Text: "the server sent no public key", Err: err,
			Hint: "the server, or a proxy in front of it, doesn't behave like a Notary server",
		}
	}
	return model.PublicKey{ID: notary.KeyID(key.Type, key.Value.Public), Type: key.Type, Public: key.Value.Public}, nil
}

// Delete deletes all trust data of a repository (notary-v1, 5.1). It takes the right to
// administer the repository.
func (c *Client) Delete(ctx context.Context, gun model.GUN) error {
	_, err := c.ask(ctx, request{
		method: http.MethodDelete, gun: gun, path: "/v2/" + string(gun) + "/_trust/tuf/", actions: actionAll, limit: maxErrorBody,
	})
	return err
}
