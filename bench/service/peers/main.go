// A minimal delayed server in Go: the standard library's HTTP server and two histograms of client_golang.
package main

import (
	"flag"
	"fmt"
	"log"
	"math/rand/v2"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promauto"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

var (
	requests = promauto.NewHistogramVec(prometheus.HistogramOpts{
		Name:    "http_request_duration_seconds",
		Help:    "Time from a request's arrival to its response.",
		Buckets: prometheus.LinearBuckets(0.05, 0.05, 40),
	}, []string{"method", "route", "status"})
	steps = promauto.NewHistogramVec(prometheus.HistogramOpts{
		Name:    "httpserver_execution_latency_seconds",
		Help:    "Time spent in each step of handling a request.",
		Buckets: prometheus.ExponentialBuckets(0.001, 2, 15),
	}, []string{"step"})
)

func serve(w http.ResponseWriter, r *http.Request, route string, delay time.Duration) {
	arrived := time.Now()
	if delay > 0 {
		select {
		case <-time.After(delay):
		case <-r.Context().Done():
			return
		}
	}
	waited := time.Since(arrived)
	milliseconds := strconv.FormatFloat(float64(delay.Microseconds())/1000, 'f', -1, 64)
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("Server-Timing", "delay;dur="+milliseconds)
	fmt.Fprintf(w, "Served after %s ms.\n", milliseconds)
	total := time.Since(arrived)
	requests.WithLabelValues(r.Method, route, "200").Observe(total.Seconds())
	steps.WithLabelValues("delay").Observe(waited.Seconds())
	steps.WithLabelValues("total").Observe(total.Seconds())
}

func main() {
	port := flag.Int("port", 19004, "port to listen on")
	longest := flag.Duration("delay-max", 2*time.Second, "maximum delay of /")
	flag.Parse()
	http.Handle("/metrics", promhttp.Handler())
	http.HandleFunc("/delay/", func(w http.ResponseWriter, r *http.Request) {
		delay, err := time.ParseDuration(strings.TrimPrefix(r.URL.Path, "/delay/"))
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		serve(w, r, "/delay/:duration", delay)
	})
	http.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		delay := time.Duration(rand.Int64N(longest.Microseconds()+1)) * time.Microsecond
		serve(w, r, "/", delay)
	})
	log.Fatal(http.ListenAndServe(fmt.Sprintf(":%d", *port), nil))
}
