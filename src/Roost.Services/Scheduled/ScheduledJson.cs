using System.Text.Json.Serialization;

namespace Roost.Services.Scheduled;

/// <summary>Drafts as they are stored, with the code made at compile time.</summary>
[JsonSerializable(typeof(ScheduledDraft))]
internal sealed partial class ScheduledJson : JsonSerializerContext;
