package main

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

func testApp(exit func(int)) *app {
	return newApp(settings{replica: "webapp-1", generation: "4", version: "1", host: "webapp", address: "172.18.0.3"}, exit)
}

func call(a *app, method, target string) *httptest.ResponseRecorder {
	recorder := httptest.NewRecorder()
	a.ServeHTTP(recorder, httptest.NewRequest(method, target, nil))
	return recorder
}

func TestGreeting(t *testing.T) {
	answer := call(testApp(nil), "GET", "/any/path")
	want := "hello from webapp-1 (generation 4, host webapp, address 172.18.0.3)\n"
	if got := answer.Body.String(); got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if got := answer.Header().Get("X-Webfarm-Replica"); got != "webapp-1" {
		t.Errorf("replica header %q", got)
	}
}

func TestVersionIsShownFromTwoOn(t *testing.T) {
	a := testApp(nil)
	a.settings.version = "2"
	if got := call(a, "GET", "/").Body.String(); !strings.Contains(got, "generation 4, version 2,") {
		t.Errorf("got %q", got)
	}
}

func TestBehaviour(t *testing.T) {
	a := testApp(nil)
	if got := call(a, "GET", "/?status=500").Code; got != 500 {
		t.Errorf("status %d", got)
	}
	if got := call(a, "GET", "/?bytes=1234").Body.Len(); got != 1234 {
		t.Errorf("%d bytes", got)
	}
	start := time.Now()
	if body := call(a, "GET", "/?delay=50ms&slowbody=50ms").Body.String(); !strings.HasPrefix(body, "hello") {
		t.Errorf("got %q", body)
	}
	if spent := time.Since(start); spent < 100*time.Millisecond {
		t.Errorf("answered after %s", spent)
	}
	for _, target := range []string{"/?status=99", "/?status=x", "/?bytes=-1", "/?delay=2", "/?slowbody=x"} {
		if got := call(a, "GET", target).Code; got != 400 {
			t.Errorf("%s: status %d", target, got)
		}
	}
}

func TestHealth(t *testing.T) {
	a := testApp(nil)
	steps := []struct {
		post string
		want int
	}{{"", 200}, {"/-/unhealthy", 503}, {"/-/healthy", 200}}
	for _, step := range steps {
		if step.post != "" {
			call(a, "POST", step.post)
		}
		if got := call(a, "GET", "/healthz").Code; got != step.want {
			t.Errorf("after %q: status %d, want %d", step.post, got, step.want)
		}
	}
	if got := call(a, "GET", "/-/unhealthy").Code; got != http.StatusMethodNotAllowed {
		t.Errorf("GET is not refused: %d", got)
	}
}

func TestCrash(t *testing.T) {
	code := 0
	call(testApp(func(c int) { code = c }), "POST", "/-/crash")
	if code != 3 {
		t.Errorf("exit code %d", code)
	}
}

func TestHang(t *testing.T) {
	server := httptest.NewServer(testApp(nil))
	defer server.Close()
	if _, err := http.Post(server.URL+"/-/hang", "", nil); err != nil {
		t.Fatal(err)
	}
	client := http.Client{Timeout: 100 * time.Millisecond}
	if _, err := client.Get(server.URL); err == nil {
		t.Error("a hanging app answered")
	}
}

func TestHeaders(t *testing.T) {
	a := testApp(nil)
	request := httptest.NewRequest("GET", "/headers", nil)
	request.Header.Set("X-Forwarded-For", "10.0.0.1")
	recorder := httptest.NewRecorder()
	a.ServeHTTP(recorder, request)
	var got map[string]string
	if err := json.Unmarshal(recorder.Body.Bytes(), &got); err != nil {
		t.Fatal(err)
	}
	if got["X-Forwarded-For"] != "10.0.0.1" || got["Host"] != "example.com" {
		t.Errorf("got %v", got)
	}
}

func TestSettings(t *testing.T) {
	read, err := readSettings(func(name string) string {
		return map[string]string{"WEBFARM_START_DELAY": "5s", "WEBFARM_UNHEALTHY": "1"}[name]
	})
	if err != nil || read.startDelay != 5*time.Second || !read.unhealthy || read.port != "80" || read.generation != "1" {
		t.Errorf("%+v, %v", read, err)
	}
	for _, name := range []string{"PORT", "WEBFARM_START_DELAY"} {
		if _, err := readSettings(func(asked string) string { return map[bool]string{true: "x"}[asked == name] }); err == nil {
			t.Errorf("%s=x is taken", name)
		}
	}
}
