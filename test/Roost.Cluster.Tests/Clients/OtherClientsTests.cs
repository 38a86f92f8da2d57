using Roost.Cluster.Tests.Crash;

namespace Roost.Cluster.Tests.Clients;

/// <summary>Clients that other people wrote, against the real process.</summary>
public sealed class OtherClientsTests(ITestOutputHelper output)
{
    [Fact(Timeout = 120 * 1_000)]
    public async Task The_library_masto_does_what_apps_do()
    {
        var ct = TestContext.Current.CancellationToken;
        using var scratch = new Scratch();
        await using var roost = await RoostProcess.UpAsync(scratch.Data, ct);

        await NodeScript.RunAsync("masto.mjs", output, ct, UrlOf(roost));
    }

    [Fact(Timeout = 120 * 1_000)]
    public async Task A_client_of_another_origin_signs_in_by_OAuth_in_a_browser()
    {
        var ct = TestContext.Current.CancellationToken;
        var browser = NodeScript.Find("chromium") ?? NodeScript.Find("google-chrome");
        Assert.SkipWhen(browser is null, "Chromium is not installed: nobody signs in by a browser.");
        using var scratch = new Scratch();
        await using var roost = await RoostProcess.UpAsync(scratch.Data, ct);

        await NodeScript.RunAsync("oauth.mjs", output, ct, UrlOf(roost), browser!);
    }

    private static string UrlOf(RoostProcess roost) => roost.Url.GetLeftPart(UriPartial.Authority);
}
