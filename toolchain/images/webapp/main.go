// webapp is the web service that this project's own stack and its tests deploy: it says which replica
// answered, and misbehaves on request.
package main

import (
	"context"
	"errors"
	"log"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"
)

const drainLimit = 30 * time.Second

func main() {
	log.SetFlags(log.LstdFlags | log.LUTC)
	settings, err := readSettings(os.Getenv)
	if err != nil {
		log.Fatalf("webapp: %v", err)
	}
	stop, cancel := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
	defer cancel()

	select {
	case <-time.After(settings.startDelay):
	case <-stop.Done():
		return
	}

	var handler http.Handler = newApp(settings, os.Exit)
	if settings.logRequests {
		handler = logged(handler)
	}
	server := &http.Server{Addr: ":" + settings.port, Handler: handler, ReadHeaderTimeout: time.Minute}
	failed := make(chan error, 1)
	go func() { failed <- server.ListenAndServe() }()
	log.Printf("webapp: %s listens on port %s", settings.replica, settings.port)

	select {
	case err := <-failed:
		log.Fatalf("webapp: %v", err)
	case <-stop.Done():
	}
	log.Printf("webapp: stopping, requests under way have %s", drainLimit)
	drain, cancelDrain := context.WithTimeout(context.Background(), drainLimit)
	defer cancelDrain()
	if err := server.Shutdown(drain); errors.Is(err, context.DeadlineExceeded) {
		log.Printf("webapp: some requests were not finished within %s and are cut off", drainLimit)
	}
}

func logged(next http.Handler) http.Handler {
	return http.HandlerFunc(func(response http.ResponseWriter, request *http.Request) {
		start := time.Now()
		next.ServeHTTP(response, request)
		log.Printf("%s %s %s from %s", request.Method, request.URL, time.Since(start), request.RemoteAddr)
	})
}
