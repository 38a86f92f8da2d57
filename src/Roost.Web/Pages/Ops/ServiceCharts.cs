using Roost.Rpc.Admin.Network;
using Roost.Web.Pages.Languages;

namespace Roost.Web.Pages.Ops;

/// <summary>A line of a service's chart.</summary>
internal sealed record ServiceLine(string Label, Func<ServiceHistory, float[]> Of);

/// <param name="Name">As in its picture's address.</param>
internal sealed record ServiceChart(string Name, string Title, ChartUnit Unit, IReadOnlyList<ServiceLine> Lines);

/// <summary>The charts that every service has.</summary>
internal static class ServiceCharts
{
    public static IReadOnlyList<ServiceChart> Of(Language language)
    {
        return
        [
            new("rate", T("Calls a second"), ChartUnit.Number, [new(T("All"), history => history.Rate)]),
            Latency(language),
            new("failed", T("Failed"), ChartUnit.Share, [new(T("Of all"), history => history.Failed)]),
        ];

        string T(string english) => language.Text(english);
    }

    /// <summary>How long calls take.</summary>
    public static ServiceChart Latency(Language language)
    {
        return new(
            "latency", T("How long calls take"), ChartUnit.Seconds,
            [
                new(T("Half of them"), history => history.P50),
                new(T("99 of 100, in the slowest process"), history => history.P99),
            ]);

        string T(string english) => language.Text(english);
    }
}
