package main

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"golang.org/x/sync/errgroup"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/equality"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/util/intstr"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/controller/controllerutil"
)

const managedBy = "controller-runtime"

type reconciler struct {
	client client.Client
	scheme *runtime.Scheme
	// Children are written by server-side apply instead of create and update.
	applies bool
}

func (r *reconciler) Reconcile(ctx context.Context, request ctrl.Request) (ctrl.Result, error) {
	widget := &Widget{}
	if err := r.client.Get(ctx, request.NamespacedName, widget); err != nil {
		return ctrl.Result{}, client.IgnoreNotFound(err)
	}
	if !widget.DeletionTimestamp.IsZero() {
		return ctrl.Result{}, nil
	}
	deployment := &appsv1.Deployment{ObjectMeta: metav1.ObjectMeta{Namespace: widget.Namespace, Name: widget.Name}}
	service := &corev1.Service{ObjectMeta: metav1.ObjectMeta{Namespace: widget.Namespace, Name: widget.Name}}
	group, groupCtx := errgroup.WithContext(ctx)
	group.Go(func() error {
		return r.write(groupCtx, widget, deployment, deploymentPatch(widget), func() { setDeployment(widget, deployment) })
	})
	group.Go(func() error {
		return r.write(groupCtx, widget, service, servicePatch(widget), func() { setService(widget, service) })
	})
	if err := group.Wait(); err != nil {
		return ctrl.Result{}, err
	}
	return ctrl.Result{}, r.updateStatus(ctx, widget, deployment)
}

// write changes only what set sets, so that what the API server has filled in makes no difference and no write.
func (r *reconciler) write(ctx context.Context, owner *Widget, child client.Object, patch childPatch, set func()) error {
	mutate := func() error {
		set()
		labels := maps.Clone(child.GetLabels())
		if labels == nil {
			labels = map[string]string{}
		}
		maps.Copy(labels, labelsOf(owner))
		child.SetLabels(labels)
		return controllerutil.SetControllerReference(owner, child, r.scheme)
	}
	if r.applies {
		return r.apply(ctx, child, patch, mutate)
	}
	_, err := controllerutil.CreateOrUpdate(ctx, r.client, child, mutate)
	return err
}

func labelsOf(owner *Widget) map[string]string {
	return map[string]string{"app": owner.Name, "app.kubernetes.io/managed-by": managedBy}
}

func setDeployment(widget *Widget, deployment *appsv1.Deployment) {
	spec := &deployment.Spec
	spec.Replicas = &widget.Spec.Replicas
	if spec.Selector == nil {
		spec.Selector = &metav1.LabelSelector{MatchLabels: map[string]string{"app": widget.Name}}
	}
	if spec.Template.Labels == nil {
		spec.Template.Labels = map[string]string{}
	}
	spec.Template.Labels["app"] = widget.Name
	containers := &spec.Template.Spec.Containers
	at := slices.IndexFunc(*containers, func(container corev1.Container) bool { return container.Name == "server" })
	if at < 0 {
		at = len(*containers)
		*containers = append(*containers, corev1.Container{Name: "server"})
	}
	server := &(*containers)[at]
	server.Image = widget.Spec.Image
	server.Ports = []corev1.ContainerPort{{ContainerPort: widget.Spec.Port, Protocol: corev1.ProtocolTCP}}
}

func setService(widget *Widget, service *corev1.Service) {
	service.Spec.ClusterIP = corev1.ClusterIPNone
	service.Spec.Selector = map[string]string{"app": widget.Name}
	service.Spec.Ports = []corev1.ServicePort{{
		Port:       widget.Spec.Port,
		Protocol:   corev1.ProtocolTCP,
		TargetPort: intstr.FromInt32(widget.Spec.Port),
	}}
}

func (r *reconciler) updateStatus(ctx context.Context, widget *Widget, deployment *appsv1.Deployment) error {
	before := widget.deepCopy().Status
	ready := deployment.Status.ReadyReplicas
	condition := metav1.Condition{
		Type: "Ready", Status: metav1.ConditionFalse, Reason: "Progressing", ObservedGeneration: widget.Generation,
		Message: fmt.Sprintf("%d of %d replicas are ready", ready, widget.Spec.Replicas),
	}
	if deployment.Status.ObservedGeneration == deployment.Generation && ready == widget.Spec.Replicas {
		condition.Status, condition.Reason = metav1.ConditionTrue, "Available"
	}
	widget.Status.ObservedGeneration = widget.Generation
	widget.Status.ReadyReplicas = ready
	meta.SetStatusCondition(&widget.Status.Conditions, condition)
	if equality.Semantic.DeepEqual(before, widget.Status) {
		return nil
	}
	return r.client.Status().Update(ctx, widget)
}
