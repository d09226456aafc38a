/** A combination of versions in which someone may have the package. */
export interface PeerSet {
  /** Versions as npm understands them. */
  pulumi: string;
  docker: string;
  /** Major version of Node. */
  node: number;
}

/** Both ends of the peer ranges, and each Node that is looked after, in few combinations. */
export const peerSets: readonly PeerSet[] = [
  { pulumi: "3.208.0", docker: "4.11.2", node: 20 },
  { pulumi: "3.208.0", docker: "5.0.0", node: 22 },
  { pulumi: "3", docker: "4.11.2", node: 24 },
  { pulumi: "3", docker: "5", node: 24 },
];
