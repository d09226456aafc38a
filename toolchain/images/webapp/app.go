package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"sync/atomic"
	"time"
)

const maxBodyBytes = 1 << 30

type app struct {
	settings settings
	exit     func(code int)
	healthy  atomic.Bool
	hanging  atomic.Bool
	mux      *http.ServeMux
}

func newApp(settings settings, exit func(code int)) *app {
	a := &app{settings: settings, exit: exit, mux: http.NewServeMux()}
	a.healthy.Store(!settings.unhealthy)
	a.mux.HandleFunc("/", a.greet)
	a.mux.HandleFunc("/healthz", a.health)
	a.mux.HandleFunc("/headers", a.headers)
	a.mux.HandleFunc("/-/unhealthy", onPost(func() { a.healthy.Store(false) }))
	a.mux.HandleFunc("/-/healthy", onPost(func() { a.healthy.Store(true) }))
	a.mux.HandleFunc("/-/hang", onPost(func() { a.hanging.Store(true) }))
	a.mux.HandleFunc("/-/crash", onPost(func() { a.exit(3) }))
	return a
}

func (a *app) ServeHTTP(response http.ResponseWriter, request *http.Request) {
	if a.hanging.Load() {
		<-request.Context().Done()
		return
	}
	header := response.Header()
	header.Set("X-Webfarm-Replica", a.settings.replica)
	header.Set("X-Webfarm-Generation", a.settings.generation)
	header.Set("X-Webfarm-Version", a.settings.version)
	header.Set("X-Webfarm-Host", a.settings.host)
	a.mux.ServeHTTP(response, request)
}

// behaviour is what the query of any request may ask for.
type behaviour struct {
	delay    time.Duration
	slowBody time.Duration
	status   int
	bytes    int
}

func readBehaviour(query func(string) string) (behaviour, error) {
	asked := behaviour{status: http.StatusOK, bytes: -1}
	var err error
	if text := query("delay"); text != "" {
		if asked.delay, err = time.ParseDuration(text); err != nil {
			return asked, fmt.Errorf("delay=%s: allowed is a duration such as 2s", text)
		}
	}
	if text := query("slowbody"); text != "" {
		if asked.slowBody, err = time.ParseDuration(text); err != nil {
			return asked, fmt.Errorf("slowbody=%s: allowed is a duration such as 2s", text)
		}
	}
	if text := query("status"); text != "" {
		if asked.status, err = strconv.Atoi(text); err != nil || asked.status < 200 || asked.status > 599 {
			return asked, fmt.Errorf("status=%s: allowed is a number from 200 to 599", text)
		}
	}
	if text := query("bytes"); text != "" {
		if asked.bytes, err = strconv.Atoi(text); err != nil || asked.bytes < 0 || asked.bytes > maxBodyBytes {
			return asked, fmt.Errorf("bytes=%s: allowed is a number from 0 to %d", text, maxBodyBytes)
		}
	}
	return asked, nil
}

func (a *app) greet(response http.ResponseWriter, request *http.Request) {
	asked, err := readBehaviour(request.URL.Query().Get)
	if err != nil {
		http.Error(response, err.Error(), http.StatusBadRequest)
		return
	}
	time.Sleep(asked.delay)
	response.Header().Set("Content-Type", "text/plain; charset=utf-8")
	body := []byte(a.greeting())
	if asked.bytes >= 0 {
		body = []byte(strings.Repeat("x", asked.bytes))
	}
	response.Header().Set("Content-Length", strconv.Itoa(len(body)))
	response.WriteHeader(asked.status)
	if asked.slowBody > 0 {
		writeSlowly(response, body, asked.slowBody)
		return
	}
	// A client that went away is not this service's failure.
	_, _ = response.Write(body)
}

func (a *app) greeting() string {
	s := a.settings
	version := ""
	if s.version != "1" {
		version = ", version " + s.version
	}
	return fmt.Sprintf("hello from %s (generation %s%s, host %s, address %s)\n",
		s.replica, s.generation, version, s.host, s.address)
}

// writeSlowly spreads a body over a time, so that a connection is busy in the middle of an answer.
func writeSlowly(response http.ResponseWriter, body []byte, total time.Duration) {
	const parts = 10
	for part := 0; part < parts; part++ {
		from, to := len(body)*part/parts, len(body)*(part+1)/parts
		if _, err := response.Write(body[from:to]); err != nil {
			return
		}
		if flusher, ok := response.(http.Flusher); ok {
			flusher.Flush()
		}
		time.Sleep(total / parts)
	}
}

func (a *app) health(response http.ResponseWriter, _ *http.Request) {
	if !a.healthy.Load() {
		http.Error(response, "unhealthy", http.StatusServiceUnavailable)
		return
	}
	fmt.Fprintln(response, "ok")
}

// headers answers with what arrived here, which shows what a proxy in front adds.
func (a *app) headers(response http.ResponseWriter, request *http.Request) {
	received := map[string]string{"Host": request.Host, "Remote-Address": request.RemoteAddr}
	for name, values := range request.Header {
		received[name] = strings.Join(values, ", ")
	}
	response.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(response).Encode(received)
}

func onPost(do func()) http.HandlerFunc {
	return func(response http.ResponseWriter, request *http.Request) {
		if request.Method != http.MethodPost {
			response.Header().Set("Allow", http.MethodPost)
			http.Error(response, "use POST", http.StatusMethodNotAllowed)
			return
		}
		do()
		fmt.Fprintln(response, "done")
	}
}
