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
    public Task A_client_of_another_origin_signs_in_by_OAuth_in_a_browser() =>
        BrowseAsync("oauth.mjs", TestContext.Current.CancellationToken);

    /// <summary>Minutes where much else runs at the same time; one on an idle machine.</summary>
    [Fact(Timeout = 900 * 1_000)]
    public Task People_use_the_pages_in_a_browser_on_a_phone_and_on_a_desktop() =>
        BrowseAsync("pages.mjs", TestContext.Current.CancellationToken);

    private async Task BrowseAsync(string script, CancellationToken ct)
    {
        var browser = NodeScript.Find("chromium") ?? NodeScript.Find("google-chrome");
        Assert.SkipWhen(browser is null, $"Chromium is not installed: {script} does not run.");
        using var scratch = new Scratch();
        await using var roost = await RoostProcess.UpAsync(scratch.Data, ct);

        await NodeScript.RunAsync(script, output, ct, UrlOf(roost), browser!);
    }

    private static string UrlOf(RoostProcess roost) => roost.Url.GetLeftPart(UriPartial.Authority);
}
