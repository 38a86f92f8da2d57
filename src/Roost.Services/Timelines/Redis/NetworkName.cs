using System.Security.Cryptography;
using Roost.Services.Storage;

namespace Roost.Services.Timelines.Redis;

/// <summary>What a network's keys in Redis begin with: a name that its data directory has, made when it is first asked
/// for. A directory that was restored finds its keys again; another network never touches them.</summary>
public static class NetworkName
{
    private const string FileName = "inboxes";

    public static string Of(DataDirectory data)
    {
        var path = Path.Combine(data.Path, FileName);
        if (File.Exists(path) && File.ReadAllText(path).Trim() is { Length: > 0 } name)
            return name;
        name = $"roost-{Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(4))}";
        File.WriteAllText(path, name + "\n");
        return name;
    }
}
