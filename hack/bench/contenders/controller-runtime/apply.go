package main

import (
	"context"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/equality"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/util/intstr"
	appsv1ac "k8s.io/client-go/applyconfigurations/apps/v1"
	corev1ac "k8s.io/client-go/applyconfigurations/core/v1"
	metav1ac "k8s.io/client-go/applyconfigurations/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// childPatch is what is applied to a child. The API server's answer is read into it.
type childPatch struct {
	configuration runtime.ApplyConfiguration
	// generation is that of the answer.
	generation func() int64
}

// apply sends the patch when the child is not there, or when mutate changes it.
func (r *reconciler) apply(ctx context.Context, child client.Object, patch childPatch, mutate func() error) error {
	err := r.client.Get(ctx, client.ObjectKeyFromObject(child), child)
	if client.IgnoreNotFound(err) != nil {
		return err
	}
	if err == nil {
		before := child.DeepCopyObject()
		if err := mutate(); err != nil {
			return err
		}
		if equality.Semantic.DeepEqual(before, child) {
			return nil
		}
	}
	if err := r.client.Apply(ctx, patch.configuration, client.FieldOwner(managedBy), client.ForceOwnership); err != nil {
		return err
	}
	child.SetGeneration(patch.generation())
	return nil
}

func ownerPatch(owner *Widget) *metav1ac.OwnerReferenceApplyConfiguration {
	return metav1ac.OwnerReference().
		WithAPIVersion("bench.modelkeeper.dev/v1").WithKind("Widget").WithName(owner.Name).WithUID(owner.UID).
		WithController(true).WithBlockOwnerDeletion(true)
}

func deploymentPatch(owner *Widget) childPatch {
	app := map[string]string{"app": owner.Name}
	server := corev1ac.Container().WithName("server").WithImage(owner.Spec.Image).
		WithPorts(corev1ac.ContainerPort().WithContainerPort(owner.Spec.Port).WithProtocol(corev1.ProtocolTCP))
	patch := appsv1ac.Deployment(owner.Name, owner.Namespace).
		WithLabels(labelsOf(owner)).
		WithOwnerReferences(ownerPatch(owner)).
		WithSpec(appsv1ac.DeploymentSpec().
			WithReplicas(owner.Spec.Replicas).
			WithSelector(metav1ac.LabelSelector().WithMatchLabels(app)).
			WithTemplate(corev1ac.PodTemplateSpec().WithLabels(app).WithSpec(corev1ac.PodSpec().WithContainers(server))))
	return childPatch{patch, func() int64 { return generationOf(patch.ObjectMetaApplyConfiguration) }}
}

func servicePatch(owner *Widget) childPatch {
	port := corev1ac.ServicePort().WithPort(owner.Spec.Port).WithProtocol(corev1.ProtocolTCP).WithTargetPort(intstr.FromInt32(owner.Spec.Port))
	patch := corev1ac.Service(owner.Name, owner.Namespace).
		WithLabels(labelsOf(owner)).
		WithOwnerReferences(ownerPatch(owner)).
		WithSpec(corev1ac.ServiceSpec().WithClusterIP(corev1.ClusterIPNone).WithSelector(map[string]string{"app": owner.Name}).WithPorts(port))
	return childPatch{patch, func() int64 { return generationOf(patch.ObjectMetaApplyConfiguration) }}
}

func generationOf(metadata *metav1ac.ObjectMetaApplyConfiguration) int64 {
	if metadata == nil || metadata.Generation == nil {
		return 0
	}
	return *metadata.Generation
}
