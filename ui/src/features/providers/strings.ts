export const t = {
  title: "Providers",
  lead: "Where a de-identified prompt may go when the policy allows it. One is used at a time, or none.",
  none: "Answer locally only",
  noneHint: "Nothing is sent to any provider. Answers are passages of the record, found on this computer.",
  add: "Add a provider",
  edit: "Edit",
  remove: "Delete",
  noKey: "No key stored",
  key: "Key stored",
  agreement: "Agreement on file",
  noAgreement: "No agreement on file: the policy may refuse it",
  addTitle: "Add a provider",
  editTitle: (name: string) => `Edit ${name}`,
  name: "Name",
  wire: "Kind",
  address: "Address",
  addressHint: "https only; plain http is accepted for this computer.",
  model: "Model",
  apiKey: "API key",
  keyKeep: "Leave empty to keep the stored key",
  keyHint: "Kept encrypted, in the keychain of this computer or under your passphrase, and never shown again.",
  agreementLabel: "A business associate agreement, or its equal, is on file with this provider",
  agreementHint: "Tick it only if your organisation has signed one that covers this account and this model. The policy relies on it; Cordon cannot check it.",
  save: "Save",
  cancel: "Cancel",
  saved: "Saved.",
  removeTitle: "Delete this provider?",
  removeBody: "Its address and its stored key are removed from this computer.",
  choices: "Provider for questions",
};

export const wires = {
  openai_responses: { label: "OpenAI (Responses)", baseUrl: "https://api.openai.com/v1", name: "OpenAI" },
  openai_chat: { label: "OpenAI (Chat Completions)", baseUrl: "https://api.openai.com/v1", name: "OpenAI" },
  anthropic: { label: "Anthropic (Messages)", baseUrl: "https://api.anthropic.com/v1", name: "Anthropic" },
  gemini: { label: "Google (Gemini)", baseUrl: "https://generativelanguage.googleapis.com/v1beta", name: "Google" },
  compatible: { label: "Any OpenAI-compatible address", baseUrl: "", name: "" },
} as const;

export type Wire = keyof typeof wires;

export const isWire = (name: string): name is Wire => name in wires;
