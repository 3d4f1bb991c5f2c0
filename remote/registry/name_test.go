package registry

import (
	"net/url"
	"slices"
	"testing"

	"trustdeck/model"
)

// A name is taken apart, and its registry found, as docker does.
func TestWhereDockerWouldAsk(t *testing.T) {
	tests := []struct {
		gun    model.GUN
		want   name
		places []string
	}{
		{"docker.io/library/alpine", name{"docker.io", "library/alpine"}, []string{"https://registry-1.docker.io"}},
		{"docker.io/alpine", name{"docker.io", "library/alpine"}, []string{"https://registry-1.docker.io"}},
		{"index.docker.io/acme/app", name{"docker.io", "acme/app"}, []string{"https://registry-1.docker.io"}},
		{"registry.example.org/app", name{"registry.example.org", "app"}, []string{"https://registry.example.org"}},
		{"registry:5000/a/b/c", name{"registry:5000", "a/b/c"}, []string{"https://registry:5000"}},
		{"localhost/app", name{"localhost", "app"}, []string{"https://localhost", "http://localhost"}},
		{"localhost:5000/app", name{"localhost:5000", "app"}, []string{"https://localhost:5000", "http://localhost:5000"}},
		{"127.3.2.1:5000/app", name{"127.3.2.1:5000", "app"}, []string{"https://127.3.2.1:5000", "http://127.3.2.1:5000"}},
		{"[::1]:5000/app", name{"[::1]:5000", "app"}, []string{"https://[::1]:5000", "http://[::1]:5000"}},
		{"192.168.0.1:5000/app", name{"192.168.0.1:5000", "app"}, []string{"https://192.168.0.1:5000"}},
		{"localhost.example.org/app", name{"localhost.example.org", "app"}, []string{"https://localhost.example.org"}},
	}
	for _, tt := range tests {
		got, err := parse(tt.gun)
		if err != nil || got != tt.want {
			t.Errorf("%s: %+v, %v", tt.gun, got, err)
			continue
		}
		var at []string
		for _, u := range places(got.registry) {
			at = append(at, u.String())
		}
		if !slices.Equal(at, tt.places) {
			t.Errorf("%s is asked for at %q", tt.gun, at)
		}
	}
}

// Whatever a repository or tag is called, the request goes to its registry, below
// its path, and nowhere else.
func FuzzName(f *testing.F) {
	for _, seed := range []string{"docker.io/library/alpine", "localhost:5000/a", "a.b/c@d", "[::1]/x", "x.y:1/../z", "u:p@h.x/y", "::/0"} {
		f.Add(seed, "1.0")
	}
	f.Fuzz(func(t *testing.T, gun, reference string) {
		n, err := parse(model.GUN(gun))
		if err != nil || checkReference(reference) != nil {
			return
		}
		for _, at := range places(n.registry) {
			want := "/v2/" + n.path + "/manifests/" + reference
			u, err := url.Parse(at.String() + want)
			if err != nil || u.Host != at.Host || u.User != nil || u.Path != want || u.RawQuery != "" || u.Fragment != "" {
				t.Errorf("%q %q becomes %v, %v", gun, reference, u, err)
			}
		}
	})
}
