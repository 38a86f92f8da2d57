using System.Globalization;
using System.Text.Json;

namespace Roost.Cluster.Tests.Crash;

/// <summary>Reads the client API's ids, which are numbers in strings.</summary>
internal static class JsonReading
{
    extension(JsonElement json)
    {
        /// <summary>An id; 0 for null.</summary>
        public long LongOf(string name)
        {
            var value = json.GetProperty(name);
            return value.ValueKind == JsonValueKind.Null
                ? 0
                : long.Parse(value.GetString()!, CultureInfo.InvariantCulture);
        }

        public int IntOf(string name) => json.GetProperty(name).GetInt32();

        public bool FlagOf(string name) => json.GetProperty(name).GetBoolean();

        public string TextOf(string name) => json.GetProperty(name).GetString()!;
    }
}
