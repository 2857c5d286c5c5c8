/** What the controllers are told when the operator is installed. */
export interface Settings {
  /** The operator's own image, for agent and router containers. */
  readonly image: string;
  /** Image of each runtime preset; empty when the installation has none. */
  readonly presets: Readonly<Record<'mlserver', string>>;
  /** Namespace the operator runs in; the only one that may reach the routers' admin port. */
  readonly operatorNamespace: string;
  /** Ed25519 public key, as PEM, by which routers know the operator. */
  readonly publicKey: string;
}
