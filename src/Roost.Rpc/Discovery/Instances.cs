using System.Text.Json;
using System.Text.Json.Serialization;
using Roost.Rpc.Balancing;

namespace Roost.Rpc.Discovery;

/// <summary>Where instances stand in a store: <c>roost/instances/SERVICE/ID</c>, a small JSON object each.</summary>
internal static class Instances
{
    /// <summary>Where those of all services stand.</summary>
    public const string Root = "roost/instances/";

    public static string Prefix(string service) => $"{Root}{service}/";

    public static string Key(string service, string id) => Prefix(service) + id;

    public static string ToText(InstanceInfo info) => JsonSerializer.Serialize(
        new InstanceText(info.Address, info.Zone, info.Weight, Told(info.Version), Told(info.Admin)),
        InstanceJson.Default.InstanceText);

    /// <summary>The service that an instance serves, by its key.</summary>
    public static string ServiceOf(string key) => key[Root.Length..].Split('/')[0];

    /// <summary>Null for what is no instance, which somebody may have put there by hand.</summary>
    public static InstanceInfo? Parse(string key, string value)
    {
        try
        {
            var text = JsonSerializer.Deserialize(value, InstanceJson.Default.InstanceText);
            return text is { Address.Length: > 0, Weight: > 0 }
                ? new InstanceInfo(
                    key[(key.LastIndexOf('/') + 1)..], text.Zone ?? "", text.Weight, text.Address, text.Version ?? "",
                    text.Admin ?? "")
                : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static string? Told(string text) => text.Length > 0 ? text : null;
}

/// <summary>Members are only ever added: processes of several versions read it.</summary>
internal sealed record InstanceText(
    string Address, string? Zone, double Weight, string? Version = null, string? Admin = null);

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(InstanceText))]
internal sealed partial class InstanceJson : JsonSerializerContext;
