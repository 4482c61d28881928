#include "SPI.h"

Output Serial;
Port Serial1;
Bus SPI;

#include SKETCH

int main()
{
    setup();
    for (;;)
        loop();
}
