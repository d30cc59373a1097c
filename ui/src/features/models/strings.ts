export const t = {
  title: "Models",
  lead: "What runs on this computer. A model whose file does not match its checksum is not used.",
  model: "Model",
  kind: "Does",
  size: "Size",
  licence: "Licence",
  checksum: "SHA-256",
  state: "State",
  usable: "Usable",
  unusable: "Not usable",
  empty: "No models are installed.",
  device: (name: string) => `Runs on ${name}`,
};
