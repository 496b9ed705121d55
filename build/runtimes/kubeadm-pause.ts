/** Where kubeadm pulls from when nobody says otherwise. */
export const KUBEADM_REPOSITORY = "registry.k8s.io";

/**
 * The tag of the pause image that kubeadm lists, by the minor version of Kubernetes 1. Versions that
 * are not here are not known: the constant moves when somebody moves it.
 *
 * Up to 1.32 by what `kubeadm config images list` printed for each release, as minikube keeps it;
 * 1.33 to 1.35 by Kubespray's table; 1.36 by Kubeclipper's.
 *
 * @see https://github.com/kubernetes/minikube/blob/master/pkg/minikube/constants/constants_kubeadm_images.go
 * @see https://github.com/kubernetes-sigs/kubespray/blob/master/roles/kubespray_defaults/vars/main/main.yml
 * @see https://github.com/kubernetes-sigs/kubespray/pull/12827
 * @see https://github.com/kubeclipper/kubeclipper/pull/947
 */
export const KUBEADM_PAUSE: Readonly<Record<number, string>> = {
  23: "3.6",
  24: "3.7",
  25: "3.8",
  26: "3.9",
  27: "3.9",
  28: "3.9",
  29: "3.9",
  30: "3.9",
  31: "3.10",
  32: "3.10",
  33: "3.10",
  34: "3.10.1",
  35: "3.10.1",
  36: "3.10.2",
};
