package notaryserver_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"testing"

	"trustdeck/model"
	"trustdeck/remote/notaryserver"
	"trustdeck/remote/transport"
)

// A hostile trust server names the realm that its users log in at, and a scope of its
// choice: the token of a user who may write elsewhere never comes to be.
func TestTheScopeIsOurs(t *testing.T) {
	for _, named := range []string{
		"repository:registry.example.org/victim:push,pull",
		"repository:" + string(gun) + ":*",
		"repository:" + string(gun) + ":pull repository:registry.example.org/victim:push",
		"registry:catalog:*",
		"repository:\u202e:pull",
	} {
		r, said := newRealm(t), &watched{}
		asked := 0
		_, client := serve(t, func(w http.ResponseWriter, _ *http.Request) {
			if asked++; asked > 4 {
				_, _ = w.Write([]byte("good"))
				return
			}
			w.Header().Set("WWW-Authenticate", fmt.Sprintf(`Bearer realm=%q,service="notary",scope="%s"`, r.URL+"/token", named))
			w.WriteHeader(http.StatusUnauthorized)
		}, trustBoth(r), func(c *notaryserver.Config) {
			c.Credentials, c.Log = transport.StaticCredentials{User: user, Password: password}, said.log
		})
		// The second time a token is got ahead.
		for range 2 {
			_, err := client.Read(context.Background(), gun, current)
			check(t, err, model.FaultUnauthorized, "does not accept the credentials for this; it names the scope ")
			var fault *model.Fault
			if errors.As(err, &fault) && fault.Scope != "repository:"+string(gun)+":pull" {
				t.Errorf("%q: the fault is about the scope %q", named, fault.Scope)
			}
			said.free(t, err)
		}
		if r.count() == 0 {
			t.Error("no token was asked for")
		}
		for _, request := range r.requests {
			if request != "GET repository:"+string(gun)+":pull notary" {
				t.Errorf("%q: asked for %q", named, request)
			}
		}
	}
}

// The address of a realm cannot ask for more than the request takes, whichever way the
// login goes there.
func TestTheRealmsOwnQuery(t *testing.T) {
	for name, login := range map[string]transport.StaticCredentials{
		"nobody": {}, "password": {User: user, Password: password}, "identity token": {IdentityToken: identity},
	} {
		t.Run(name, func(t *testing.T) {
			var scopes, services, accounts []string
			r := newRealm(t)
			r.answer = func(w http.ResponseWriter, req *http.Request) {
				scopes = append(scopes, req.Form["scope"]...)
				services = append(services, req.Form["service"]...)
				accounts = append(accounts, req.Form["account"]...)
				_, _ = w.Write([]byte(`{"token":"t"}`))
			}
			_, client := serve(t, func(w http.ResponseWriter, req *http.Request) {
				if req.Header.Get("Authorization") == "" {
					w.Header().Set("WWW-Authenticate", fmt.Sprintf(
						`Bearer realm="%s/token?scope=repository:registry.example.org/victim:push&service=other&account=eve&tenant=acme",service="notary"`, r.URL))
					w.WriteHeader(http.StatusUnauthorized)
					return
				}
				_, _ = w.Write([]byte("good"))
			}, trustBoth(r), func(c *notaryserver.Config) { c.Credentials = login })
			if _, err := client.Read(t.Context(), gun, current); err != nil {
				t.Fatal(err)
			}
			if want := []string{"repository:" + string(gun) + ":pull"}; !slices.Equal(scopes, want) || !slices.Equal(services, []string{"notary"}) || slices.Contains(accounts, "eve") {
				t.Errorf("asked for the scopes %q of %q, as %q", scopes, services, accounts)
			}
		})
	}
}

// What is asked for is what the request takes, whatever else the server says.
func TestScopes(t *testing.T) {
	r := newRealm(t)
	_, client := serve(t, func(w http.ResponseWriter, req *http.Request) {
		if req.Header.Get("Authorization") == "" {
			w.Header().Set("WWW-Authenticate", fmt.Sprintf(`Bearer realm=%q,service="notary",scope="repository:registry.example.org/victim:*"`, r.URL))
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		_, _ = w.Write([]byte(`{"records":[]}`))
	}, trustBoth(r), func(c *notaryserver.Config) {
		c.Credentials = transport.StaticCredentials{User: user, Password: password}
	})
	name := "repository:" + string(gun)
	for _, tt := range []struct {
		ask   func() error
		scope string
	}{
		{func() error { _, err := client.Read(t.Context(), gun, current); return err }, name + ":pull"},
		{func() error { _, err := client.Changes(t.Context(), gun); return err }, name + ":pull"},
		{func() error { return client.Publish(t.Context(), gun, map[model.RoleName][]byte{"root": []byte("x")}) }, name + ":push,pull"},
		{func() error { _, err := client.ServerKey(t.Context(), gun, model.RoleTimestamp); return err }, name + ":push,pull"},
		{func() error { return client.Delete(t.Context(), gun) }, name + ":*"},
		{func() error { _, err := client.NewServerKey(t.Context(), gun, model.RoleTimestamp); return err }, name + ":*"},
		{func() error { _, err := client.Repositories(t.Context()); return err }, "registry:catalog:*"},
		{func() error { return client.Ping(t.Context()) }, "registry:catalog:*"},
	} {
		if err := tt.ask(); err != nil && model.KindOf(err) != model.FaultBadData {
			t.Errorf("%s: %v", tt.scope, err)
		}
		if !slices.Contains(r.requests, "GET "+tt.scope+" notary") {
			t.Errorf("no token for %s: %q", tt.scope, r.requests)
		}
	}
	if r.count() != 4 {
		t.Errorf("%d exchanges for four scopes: %q", r.count(), r.requests)
	}
}

// A token from one realm, or for one service, is none for another.
func TestTokensBelongToTheirRealm(t *testing.T) {
	first, second := newRealm(t), newRealm(t)
	realm, service := first.URL, "a"
	var got []string
	_, client := serve(t, func(w http.ResponseWriter, req *http.Request) {
		got = append(got, req.Header.Get("Authorization"))
		if len(got)%2 == 0 {
			_, _ = w.Write([]byte("good"))
			return
		}
		w.Header().Set("WWW-Authenticate", fmt.Sprintf(`Bearer realm=%q,service=%q`, realm, service))
		w.WriteHeader(http.StatusUnauthorized)
	}, func(c *notaryserver.Config) {
		c.Credentials = transport.StaticCredentials{User: user, Password: password}
	}, trustBoth(first), trustBoth(second))
	for _, next := range []struct{ realm, service string }{{first.URL, "a"}, {first.URL, "b"}, {second.URL, "b"}} {
		realm, service = next.realm, next.service
		if _, err := client.Read(context.Background(), gun, current); err != nil {
			t.Error(err)
		}
	}
	scope := " repository:" + string(gun) + ":pull "
	// One that the server has refused is got anew before the next challenge is known.
	if want := []string{"GET" + scope + "a", "GET" + scope + "b"}; !slices.Equal(slices.Compact(slices.Sorted(slices.Values(first.requests))), want) {
		t.Errorf("the first realm was asked %q", first.requests)
	}
	if want := []string{"GET" + scope + "b"}; !slices.Equal(second.requests, want) {
		t.Errorf("the second realm was asked %q", second.requests)
	}
}
