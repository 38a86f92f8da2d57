using System.Text.Json;
using System.Text.Json.Serialization;
using Roost.Rpc.Balancing;

namespace Roost.Rpc.Discovery;

/// <summary>Where instances stand in a store: <c>roost/instances/SERVICE/ID</c>, a small JSON object each.</summary>
internal static class Instances
{
    public static string Prefix(string service) => $"roost/instances/{service}/";

    public static string Key(string service, string id) => Prefix(service) + id;

    public static string ToText(InstanceInfo info) => JsonSerializer.Serialize(
        new InstanceText(info.Address, info.Zone, info.Weight), InstanceJson.Default.InstanceText);

    /// <summary>Null for what is no instance, which somebody may have put there by hand.</summary>
    public static InstanceInfo? Parse(string key, string value)
    {
        try
        {
            var text = JsonSerializer.Deserialize(value, InstanceJson.Default.InstanceText);
            return text is { Address.Length: > 0, Weight: > 0 }
                ? new InstanceInfo(key[(key.LastIndexOf('/') + 1)..], text.Zone ?? "", text.Weight, text.Address)
                : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }
}

internal sealed record InstanceText(string Address, string? Zone, double Weight);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(InstanceText))]
internal sealed partial class InstanceJson : JsonSerializerContext;
