package transport

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"oras.land/oras-go/v2/registry/remote/credentials"

	"trustdeck/model"
)

// helperTimeout bounds a credential helper, which may wait for a person.
const helperTimeout = 20 * time.Second

// hubRegistry is the key under which Docker keeps the login to Docker Hub.
const hubRegistry = "https://index.docker.io/v1/"

// DockerCredentials looks into Docker's config.json and the helpers that it
// names. It only reads.
type DockerCredentials struct{ store credentials.Store }

// NewDockerCredentials opens config.json in a folder of Docker's
// configuration. A folder without one has no credentials.
func NewDockerCredentials(dir string) (*DockerCredentials, error) {
	path := filepath.Join(dir, "config.json")
	if _, err := os.Stat(path); errors.Is(err, os.ErrNotExist) {
		return &DockerCredentials{}, nil
	}
	store, err := credentials.NewStore(path, credentials.StoreOptions{})
	if err != nil {
		return nil, &model.Fault{
			Kind: model.FaultLocal, Subject: path, Text: "Docker's configuration could not be read", Err: err,
			Hint: "repair the file, or set DOCKER_CONFIG to another folder",
		}
	}
	return &DockerCredentials{store}, nil
}

// Find looks a registry up.
func (d *DockerCredentials) Find(ctx context.Context, registry string) (Login, error) {
	if d.store == nil {
		return Login{}, nil
	}
	key := registry
	if registry == "docker.io" {
		key = hubRegistry
	}
	ctx, cancel := context.WithTimeout(ctx, helperTimeout)
	defer cancel()
	found, err := d.store.Get(ctx, key)
	if err != nil {
		return Login{}, fmt.Errorf("credentials of %s: %w", registry, err)
	}
	login := Login{User: found.Username, Password: found.Password, IdentityToken: found.RefreshToken}
	if login.User == "<token>" {
		login = Login{IdentityToken: found.Password}
	}
	return login, nil
}

// StaticCredentials are the same for every registry, as NOTARY_AUTH is.
type StaticCredentials Login

// ParseNotaryAuth reads the value of NOTARY_AUTH: base64 of user:password.
func ParseNotaryAuth(value string) (StaticCredentials, error) {
	raw, err := base64.StdEncoding.DecodeString(strings.TrimSpace(value))
	user, password, ok := strings.Cut(string(raw), ":")
	if err != nil || !ok {
		return StaticCredentials{}, &model.Fault{
			Kind: model.FaultUsage, Subject: "NOTARY_AUTH", Text: "the value is not base64 of user:password",
			Hint: "set it to the output of: printf '%s' user:password | base64",
		}
	}
	return StaticCredentials{User: user, Password: password}, nil
}

// Find returns the one login.
func (s StaticCredentials) Find(context.Context, string) (Login, error) { return Login(s), nil }
