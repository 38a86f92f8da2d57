using System.Security.Cryptography;

namespace Roost.Tests.Web.Conformance.Visits;

internal static class PushMessages
{
    private const string Path = "/api/v1/push/subscription";

    public static IReadOnlyList<Visit> All { get; } =
    [
        new("POST " + Path, server => server.PostAsync(Path, new
        {
            subscription = new
            {
                endpoint = "https://push.example/device",
                keys = new { p256dh = NewKey(), auth = Convert.ToBase64String(new byte[16]) },
                standard = true,
            },
        })),
        new("GET " + Path, server => server.GetAsync(Path)),
        new("PUT " + Path, server => server.PutAsync(Path, new { data = new { policy = "follower" } })),
        new("DELETE " + Path, server => server.DeleteAsync(Path)),
    ];

    private static string NewKey()
    {
        using var key = ECDiffieHellman.Create(ECCurve.NamedCurves.nistP256);
        var point = key.ExportParameters(includePrivateParameters: false).Q;
        return Convert.ToBase64String([4, .. point.X!, .. point.Y!]);
    }
}
