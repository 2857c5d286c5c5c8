// Command controller-runtime-twin does for Widgets what our engine does, as an operator in Go would: it is what `npm run bench`
// measures the engine against. WORKERS is the number of workers, METRICS_PORT the port of /metrics on loopback.
// APPLY=true writes children by server-side apply, as our engine does.
// TUNED=true turns on what controller-runtime has and leaves off: no managedFields in the cache, and reads that wait for own writes.
package main

import (
	"context"
	"fmt"
	"os"
	"strconv"

	"github.com/go-logr/logr"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/runtime"
	clientgoscheme "k8s.io/client-go/kubernetes/scheme"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/builder"
	"sigs.k8s.io/controller-runtime/pkg/cache"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/controller"
	"sigs.k8s.io/controller-runtime/pkg/event"
	"sigs.k8s.io/controller-runtime/pkg/manager"
	metricsserver "sigs.k8s.io/controller-runtime/pkg/metrics/server"
	"sigs.k8s.io/controller-runtime/pkg/predicate"
)

func main() {
	if err := run(ctrl.SetupSignalHandler()); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(ctx context.Context) error {
	// Every conflict would be a line with a stack, and writing it is no part of the work.
	ctrl.SetLogger(logr.Discard())
	workers, err := strconv.Atoi(os.Getenv("WORKERS"))
	if err != nil {
		return fmt.Errorf("WORKERS: %w", err)
	}
	config, err := ctrl.GetConfig()
	if err != nil {
		return err
	}
	mgr, err := ctrl.NewManager(config, options(os.Getenv("METRICS_PORT"), os.Getenv("TUNED") == "true"))
	if err != nil {
		return err
	}
	if err := setUp(ctx, mgr, workers, os.Getenv("APPLY") == "true"); err != nil {
		return err
	}
	return mgr.Start(ctx)
}

func options(metricsPort string, tuned bool) ctrl.Options {
	scheme := runtime.NewScheme()
	// Neither fails for types that compile.
	_ = clientgoscheme.AddToScheme(scheme)
	_ = addToScheme(scheme)
	metrics := "0"
	if metricsPort != "" {
		metrics = "127.0.0.1:" + metricsPort
	}
	opts := ctrl.Options{Scheme: scheme, Metrics: metricsserver.Options{BindAddress: metrics}}
	if tuned {
		opts.Cache.DefaultTransform = cache.TransformStripManagedFields()
		opts.Client.Cache = &client.CacheOptions{EnableReadYourWritesConsistency: &tuned}
	}
	return opts
}

func setUp(ctx context.Context, mgr ctrl.Manager, workers int, applies bool) error {
	// Known before the start, so that the manager starts nothing else until they are filled.
	for _, kind := range []client.Object{&Widget{}, &appsv1.Deployment{}, &corev1.Service{}} {
		if _, err := mgr.GetCache().GetInformer(ctx, kind, cache.BlockUntilSynced(false)); err != nil {
			return err
		}
	}
	if err := mgr.Add(manager.RunnableFunc(func(context.Context) error {
		fmt.Println("synced")
		return nil
	})); err != nil {
		return err
	}
	// The pass that creates a child has seen all there is to see of it.
	notCreated := builder.WithPredicates(predicate.Funcs{CreateFunc: func(event.CreateEvent) bool { return false }})
	return ctrl.NewControllerManagedBy(mgr).
		For(&Widget{}, builder.WithPredicates(predicate.GenerationChangedPredicate{})).
		Owns(&appsv1.Deployment{}, notCreated).
		Owns(&corev1.Service{}, notCreated).
		WithOptions(controller.Options{MaxConcurrentReconciles: workers}).
		Complete(&reconciler{client: mgr.GetClient(), scheme: mgr.GetScheme(), applies: applies})
}
