using System.Text.Json.Serialization;

namespace Roost.Rpc.Admin.Calls;

/// <summary>Members are only ever added.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, UseStringEnumConverter = true,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(ServersReport))]
[JsonSerializable(typeof(ClientsReport))]
internal sealed partial class CallPagesJson : JsonSerializerContext;
